/** The time range that charts show: the last so much, or from one time to another. */

import { computed } from "@preact/signals";
import { param, setParams } from "./route.ts";
import { engineNow, paused, shownAt } from "./store.ts";

export const RANGES = {
  "5m": 300,
  "1h": 3_600,
  "4h": 14_400,
  "24h": 86_400,
  "7d": 604_800,
  "30d": 2_592_000,
  "90d": 7_776_000,
};
export type RangeName = keyof typeof RANGES;

const FIRST: RangeName = "1h";

const isRange = (name: string): name is RangeName => name in RANGES;

/** Which of the ranges was chosen; undefined where something was zoomed into. */
export const rangeName = computed<RangeName | undefined>(() => {
  if (zoomed.value !== undefined) return undefined;
  const name = param("range");
  return isRange(name) ? name : FIRST;
});

/** From and to in seconds, where something was zoomed into. */
export const zoomed = computed<{ from: number; to: number } | undefined>(() => {
  const [from, to] = [Number(param("from")), Number(param("to"))];
  return from > 0 && to > from ? { from, to } : undefined;
});

/** Whether what was zoomed into is over: what is asked for around an alert may go on. */
export const isPast = (): boolean => (zoomed.peek()?.to ?? Infinity) * 1e9 <= engineNow.peek();

/** Seconds that are shown. */
export const length = computed(() => {
  const zoom = zoomed.value;
  return zoom === undefined ? RANGES[rangeName.value ?? FIRST] : zoom.to - zoom.from;
});

export const choose = (name: RangeName): void =>
  setParams({ range: name === FIRST ? "" : name, from: "", to: "" });

export const zoom = (from: number, to: number): void =>
  setParams({ range: "", from: String(Math.floor(from)), to: String(Math.ceil(to)) });

/** Return what to ask the engine for. last: so many seconds, whatever range is shown. */
export function bounds(last?: number): string {
  const zoom = last === undefined ? zoomed.value : undefined;
  const clock = paused.peek() ? shownAt : engineNow;
  const now = (clock.peek() || Date.now() * 1e6) / 1e9;
  const seconds = zoom === undefined ? { from: now - (last ?? length.value), to: now } : zoom;
  // In ns as text: as numbers they would lose digits.
  const ns = (time: number): string => `${Math.round(time * 1e3)}000000`;
  return `from=${ns(seconds.from)}&to=${ns(seconds.to)}`;
}
