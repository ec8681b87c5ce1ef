/** Amounts of several accounts together: per currency, for what is in two currencies adds up to nothing. */

import { sum } from "./decimal.ts";

/** The sums by currency; or the first row of which the amount can't be known. */
export type Total<R> = { sums: { currency: string; amount: string }[] } | { unknown: R };

/** Return the exact sums of `amount`, the currencies in the order in which they come. */
export function total<R extends { currency: string }>(
  rows: readonly R[],
  amount: (row: R) => string | null,
): Total<R> {
  const parts = new Map<string, string[]>();
  for (const row of rows) {
    const found = amount(row);
    if (found === null) return { unknown: row };
    parts.set(row.currency, [...(parts.get(row.currency) ?? []), found]);
  }
  return { sums: [...parts].map(([currency, amounts]) => ({ currency, amount: sum(amounts) })) };
}
