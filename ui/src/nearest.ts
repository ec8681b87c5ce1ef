/** The order of what has limits. Pure. */

import type { LimitRow } from "./answers.ts";

/** The worst is the largest. */
export const WORST: Record<LimitRow["state"], number> = {
  breached: 4,
  unknown: 3,
  high: 2,
  near: 1,
  ok: 0,
};

/** What something with a limit was placed by. */
interface Place {
  state: LimitRow["state"];
  ratio: number;
}

export type Places = ReadonlyMap<string, Place>;

export const limitKey = (
  row: Pick<LimitRow, "limit" | "account" | "strategy" | "venue" | "symbol" | "currency">,
): string => [row.limit, row.account, row.strategy, row.venue, row.symbol, row.currency].join("/");

/** How far a use runs from where it was placed before it is placed anew. */
const STEP = 0.05;

/** How much of a limit is used: infinitely much where it allows nothing; null where it is not known. */
export const usedOf = ({ utilization, used }: LimitRow): number | null =>
  utilization ?? (used === null ? null : Infinity);

export const limitPlace = (row: LimitRow): [string, Place] => [
  limitKey(row),
  { state: row.state, ratio: row.utilization ?? Infinity },
];

/**
 * Return rows, the worst first, and what each was placed by. placeOf: a row's name, its state, and
 * how much of its limit is used.
 *
 * The use of a limit changes with each price, and two that are level would change places each
 * second: nobody reads a row that moves. So a row keeps its place until its use has moved by a
 * twentieth of the limit; one that is near, high or breached from now on, or no longer, is placed
 * at once. Between two of the same state the lower one may be the nearer, by less than a tenth.
 */
export function nearest<R>(
  rows: readonly R[],
  before: Places,
  placeOf: (row: R) => [string, Place],
): [R[], Places] {
  const rowOf = new Map<string, R>();
  const places = new Map(
    rows.map((row) => {
      const [key, now] = placeOf(row);
      rowOf.set(key, row);
      const place = before.get(key);
      const stays = place?.state === now.state && !(Math.abs(place.ratio - now.ratio) > STEP);
      return [key, stays ? place : now];
    }),
  );
  const placed = [...places].sort(
    ([key, one], [other, than]) =>
      WORST[than.state] - WORST[one.state] || than.ratio - one.ratio || (key < other ? -1 : 1),
  );
  return [placed.map(([key]) => rowOf.get(key) as R), places];
}
