/** The order of limits. Pure. */

import type { LimitRow } from "./answers.ts";

/** The worst is the largest. */
export const WORST: Record<LimitRow["state"], number> = {
  breached: 4,
  unknown: 3,
  high: 2,
  near: 1,
  ok: 0,
};

/** What a limit was placed by. */
interface Place {
  state: LimitRow["state"];
  ratio: number;
}

export type Places = ReadonlyMap<string, Place>;

export const limitKey = (
  row: Pick<LimitRow, "limit" | "account" | "strategy" | "venue" | "symbol" | "currency">,
): string => [row.limit, row.account, row.strategy, row.venue, row.symbol, row.currency].join("/");

/** How far the use of a limit runs from where it was placed before it is placed anew. */
const STEP = 0.05;

/**
 * Return limits, the worst first, and what each was placed by.
 *
 * The use of a limit changes with each price, and two that are level would change places each
 * second: nobody reads a row that moves. So a limit keeps its place until its use has moved by a
 * twentieth of the limit; one that is near, high or breached from now on, or no longer, is placed
 * at once. Between two of the same state the lower one may be the nearer, by less than a tenth.
 */
export function nearest(rows: readonly LimitRow[], before: Places): [LimitRow[], Places] {
  const places = new Map(
    rows.map((row) => {
      const { state, utilization } = row;
      // Breached without a ratio, its limit is zero.
      const now = { state, ratio: utilization ?? Infinity };
      const place = before.get(limitKey(row));
      const stays = place?.state === state && !(Math.abs(place.ratio - now.ratio) > STEP);
      return [limitKey(row), stays ? place : now];
    }),
  );
  const placed = [...places].sort(
    ([key, one], [other, than]) =>
      WORST[than.state] - WORST[one.state] || than.ratio - one.ratio || (key < other ? -1 : 1),
  );
  const rowOf = new Map(rows.map((row) => [limitKey(row), row]));
  return [placed.map(([key]) => rowOf.get(key) as LimitRow), places];
}
