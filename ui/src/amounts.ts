/** Amounts of several accounts together: per currency, for what is in two currencies adds up to nothing. */

import { sum } from "./decimal.ts";

/** The sums by currency; or the first row of which the amount can't be known. */
export type Total<R> = { sums: { currency: string; amount: string }[] } | { unknown: R };

/** An answer's rows of accounts that the desk is judged by: without simulated ones beside real ones. */
export const summed = <R extends { account: string }>(
  rows: readonly R[],
  { not_summed }: { not_summed?: string[] },
): R[] => rows.filter(({ account }) => !not_summed?.includes(account));

/** Return the exact sums of `amount` over an answer's accounts, the currencies as they come. */
export function total<R extends { account: string; currency: string }>(
  answer: { accounts: R[]; not_summed?: string[] },
  amount: (row: R) => string | null,
): Total<R> {
  const parts = new Map<string, string[]>();
  for (const row of summed(answer.accounts, answer)) {
    const found = amount(row);
    if (found === null) return { unknown: row };
    parts.set(row.currency, [...(parts.get(row.currency) ?? []), found]);
  }
  return { sums: [...parts].map(([currency, amounts]) => ({ currency, amount: sum(amounts) })) };
}
