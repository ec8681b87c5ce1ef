/** Counts by time and bucket as the cells of a picture. Pure: no canvas here. */

import { clock } from "./format.ts";

/**
 * Counts by bucket for the step that ends at each time (seconds), the last of which may not be over
 * yet; null where nobody counted. The edges are the buckets' upper ones, in seconds; one more bucket
 * holds what is above the last.
 */
export interface Heat {
  times: readonly number[];
  step_s: number;
  edges_s: readonly number[];
  counts: readonly (readonly number[] | null)[];
}

/** What is drawn: columns of equal width from `from` on (seconds), rows from the lowest bucket up. */
export interface Cells {
  from: number;
  width_s: number;
  columns: number;
  /** The first bucket that is drawn, and how many are. */
  lowest: number;
  rows: number;
  /** By column, then row. */
  counts: Float64Array;
  most: number;
}

export type Scale = "linear" | "log";

/** Buckets that are drawn beyond those that hold anything. */
const ROOM = 1;

/**
 * Return the cells of `heat`, its times put together so that there are at most so many columns.
 * since: where it begins, in seconds; without it where the first was counted.
 */
export function cells(heat: Heat, most: number, since?: number): Cells | null {
  const { step_s, edges_s } = heat;
  // What was before anyone counted is no part of the picture.
  const begin =
    since === undefined
      ? heat.counts.findIndex((column) => column?.some((count) => count > 0))
      : heat.times.findIndex((time) => time > since);
  const [times, counts] = [
    heat.times.slice(Math.max(0, begin)),
    heat.counts.slice(Math.max(0, begin)),
  ];
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return null;
  const buckets = [...edges_s.keys(), edges_s.length];
  const held = buckets.map((bucket) => counts.some((column) => (column?.[bucket] ?? 0) > 0));
  if (!held.includes(true)) return null;
  const lowest = Math.max(0, held.indexOf(true) - ROOM);
  const rows = Math.min(buckets.length, held.lastIndexOf(true) + 1 + ROOM) - lowest;
  // The last step may not be over yet: its time is that of its newest second.
  const from = (Math.ceil(first / step_s) - 1) * step_s;
  const steps = Math.ceil((last - from) / step_s);
  const together = Math.ceil(steps / Math.max(1, most));
  const columns = Math.ceil(steps / together);
  const sums = new Float64Array(columns * rows);
  times.forEach((time, place) => {
    const column = Math.floor((Math.ceil((time - from) / step_s) - 1) / together);
    for (let row = 0; row < rows; row++)
      sums[column * rows + row] =
        (sums[column * rows + row] ?? 0) + (counts[place]?.[lowest + row] ?? 0);
  });
  const largest = sums.reduce((one, other) => Math.max(one, other), 0);
  return {
    from,
    width_s: together * step_s,
    columns,
    lowest,
    rows,
    counts: sums,
    most: largest,
  };
}

/** When a column begins; over more than a day with its date. */
export function when({ from, width_s, columns }: Cells, column: number): string {
  const { date, time } = clock(from + column * width_s);
  return columns * width_s > 86_400 ? `${date.slice(5)} ${time.slice(0, 5)}` : time;
}

/** How strong a count is drawn, 0 to 1: what is there at all can be told from nothing. */
export function strength(count: number, most: number, scale: Scale): number {
  if (count <= 0 || most <= 0) return 0;
  const part = scale === "linear" ? count / most : Math.log1p(count) / Math.log1p(most);
  return Math.max(0.06, part);
}
