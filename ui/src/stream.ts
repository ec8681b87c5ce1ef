/** The one connection to the engine: snapshots, deltas and beats of the topics that are followed. */

import { effect } from "@preact/signals";
import type { Delta, Json } from "./delta.ts";
import { beat, change, forget, hear, link, take } from "./store.ts";
import type { TopicName } from "./topics.ts";
import { unseen } from "./unseen.ts";

/** Without a message for so long, what is shown is not to be trusted: beats come each second. */
const STALE_MS = 3_000;
/** A connection that is silent for so long is given up: it may be broken without anybody being told. */
const DEAF_MS = 8_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

let source: EventSource | undefined;
let followed: readonly TopicName[] = [];
let last = "";
let wait = FIRST_WAIT_MS;
let staleTimer = 0;
let deafTimer = 0;
let retryTimer = 0;

/** Called where the engine asks who we are, before it tells more. */
let refused: () => void = () => undefined;
export const onRefused = (ask: () => void): void => void (refused = ask);

/** Follow these topics from now on, and no others. */
export function follow(topics: readonly TopicName[]): void {
  const wanted = [...new Set(topics)].sort();
  if (source !== undefined && wanted.join() === followed.join()) return;
  followed = wanted;
  forget(new Set(wanted));
  last = "";
  open();
}

/** Begin again, at once: after logging in, or when the machine is back from its sleep. */
export function reopen(): void {
  wait = FIRST_WAIT_MS;
  open();
}

function open(): void {
  source?.close();
  clearTimeout(retryTimer);
  if (staleTimer === 0) expectMessage();
  listen();
  const after = last === "" ? "" : `&after=${encodeURIComponent(last)}`;
  const opened = new EventSource(`/api/v1/stream?topics=${followed.join(",")}${after}`);
  source = opened;
  const on = (kind: string, read: (data: never) => void): void =>
    opened.addEventListener(kind, (event: MessageEvent<string>) => {
      if (source !== opened) return;
      receive(event, read);
    });
  on("snapshot", (data: { topics: Record<string, Json> }) => take(data.topics));
  on("delta", (data: { topics: Record<string, Delta> }) => change(data.topics));
  on("beat", (data: { now: number }) => beat(data.now));
  opened.onerror = () => void (source === opened && retry());
}

function receive(event: MessageEvent<string>, read: (data: never) => void): void {
  try {
    read(JSON.parse(event.data) as never);
  } catch (error) {
    // What we hold and what the engine thinks we hold are apart: begin with a snapshot.
    console.error(error);
    last = "";
    retry();
    return;
  }
  last = event.lastEventId;
  hear();
  wait = FIRST_WAIT_MS;
  expectMessage();
  listen();
}

function listen(): void {
  clearTimeout(deafTimer);
  deafTimer = window.setTimeout(retry, DEAF_MS);
}

function expectMessage(): void {
  clearTimeout(staleTimer);
  staleTimer = window.setTimeout(() => void (link.value = "stale"), STALE_MS);
}

/** Open again after a while: a browser by itself gives up at an answer that is no stream. */
function retry(): void {
  source?.close();
  clearTimeout(deafTimer);
  clearTimeout(retryTimer);
  retryTimer = window.setTimeout(open, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  refused();
}

function rest(): void {
  source?.close();
  source = undefined;
  [staleTimer, deafTimer, retryTimer].forEach(clearTimeout);
  staleTimer = 0;
  link.value = "connecting";
}

effect(() => {
  if (unseen.value) rest();
  else if (followed.length > 0) reopen();
});

// A laptop that was asleep need not wait for the next try.
addEventListener("online", () => void (unseen.peek() || reopen()));
