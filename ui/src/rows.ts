/** The order of a table's rows. Pure. */

import { compare } from "./decimal.ts";

/** What rows are ordered by: exact amounts are text of digits. null is last, either way. */
export type Key = string | number | null;

export interface Order {
  column: string;
  down: boolean;
}

const DIGITS = /^-?\d+(\.\d+)?$/;

/** Compare two keys of one column. */
export function compareKeys(one: Key, other: Key): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  const [left, right] = [Number(one), Number(other)];
  if (left !== right && !Number.isNaN(left - right)) return left - right;
  if (typeof one === "string" && typeof other === "string") {
    // Amounts that floats can't tell apart.
    if (DIGITS.test(one) && DIGITS.test(other)) return compare(one, other);
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return 0;
}

/** Return the rows in order; those that are equal stay as they are. */
export function ordered<R>(rows: readonly R[], key: (row: R) => Key, down: boolean): R[] {
  const keyed = rows.map((row) => ({ row, key: key(row) }));
  keyed.sort((one, other) => {
    const known = one.key !== null && other.key !== null;
    return compareKeys(one.key, other.key) * (down && known ? -1 : 1);
  });
  return keyed.map(({ row }) => row);
}

/** Read an order from a link, "-net" is by net, the largest first. */
export const readOrder = (text: string): Order => ({
  column: text.replace(/^-/, ""),
  down: text.startsWith("-"),
});

export const writeOrder = ({ column, down }: Order): string => (down ? "-" : "") + column;

/** Which rows are in sight, of rows of one height: from the first to before the last. */
export function window(count: number, top: number, height: number, row: number, room: number) {
  const from = Math.max(0, Math.min(count, Math.floor(top / row) - room));
  return { from, to: Math.min(count, Math.ceil((top + height) / row) + room) };
}
