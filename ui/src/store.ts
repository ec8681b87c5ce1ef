/** What the engine last said of each topic, and how fresh that is. */

import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { ErrorAnswer } from "./answers.ts";
import { apply, type Delta, type Json } from "./delta.ts";
import type { TopicName, Topics } from "./topics.ts";

/** live: messages come. stale: none came for too long. connecting: none has come yet, or not since the page is seen again. */
export type Link = "connecting" | "live" | "stale";

/** A topic: nothing yet, why it can't be told, or its answer. */
export interface Topic<T> {
  value?: T;
  trouble?: string;
}

/** What has been received; while paused it goes on, and what is shown stands still. */
const received = new Map<string, Json>();
const shown = new Map<string, Signal<Topic<unknown>>>();

export const link = signal<Link>("connecting");

/** When this machine last heard of the engine, by its own clock (ms): no other goes on in its sleep. */
export let heardAt = Date.now();

/** Note that a message came. */
export function hear(): void {
  heardAt = Date.now();
  link.value = "live";
}

/** The engine's clock (ns) at its newest message, and at what is shown. */
export const engineNow = signal(0);
export const shownAt = signal(0);

export const paused = signal(false);

/** Whether what is shown is no longer so: then no figure may look fresh. */
export const frozen = computed(
  () =>
    paused.value || link.value === "stale" || (link.value === "connecting" && engineNow.value > 0),
);

/** Return the signal of a topic; the same one each time. */
export function topic<N extends TopicName>(name: N): ReadonlySignal<Topic<Topics[N]>> {
  return signalOf(name) as unknown as ReadonlySignal<Topic<Topics[N]>>;
}

function signalOf(name: string): Signal<Topic<unknown>> {
  let found = shown.get(name);
  if (found === undefined) shown.set(name, (found = signal({})));
  return found;
}

/** Take all of some topics. */
export function take(topics: Record<string, Json>): void {
  for (const [name, value] of Object.entries(topics)) received.set(name, value);
  show(Object.keys(topics));
}

/**
 * Take what changed in some topics. A topic that had no answer yet begins as nothing. Throws where
 * a change does not fit what was received.
 */
export function change(topics: Record<string, Delta>): void {
  for (const [name, delta] of Object.entries(topics)) {
    received.set(name, apply(received.get(name) ?? {}, delta));
  }
  show(Object.keys(topics));
}

/** Note that the engine is alive. now: its clock (ns). */
export function beat(now: number): void {
  batch(() => {
    engineNow.value = now;
    if (!paused.value) shownAt.value = now;
  });
}

export function pause(): void {
  paused.value = true;
}

export function resume(): void {
  batch(() => {
    paused.value = false;
    show([...received.keys()]);
    shownAt.value = engineNow.value;
  });
}

/** Forget topics that are not followed any more: what is old must not be shown as new later. */
export function forget(kept: ReadonlySet<string>): void {
  for (const name of received.keys()) {
    if (kept.has(name)) continue;
    received.delete(name);
    signalOf(name).value = {};
  }
}

function show(names: Iterable<string>): void {
  if (paused.value) return;
  batch(() => {
    for (const name of names) signalOf(name).value = read(received.get(name));
  });
}

function read(value: Json | undefined): Topic<unknown> {
  const trouble = (value as unknown as Partial<ErrorAnswer> | undefined)?.error;
  return trouble === undefined ? { value } : { trouble: trouble.detail };
}
