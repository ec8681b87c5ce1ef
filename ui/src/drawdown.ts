/** Which accounts are farthest below their peaks. Pure. */

import type { AccountPnl } from "./answers.ts";
import { compare } from "./decimal.ts";

type Drawn = Pick<AccountPnl, "account" | "currency" | "drawdown" | "drawdown_ratio">;

/** Of each currency one, for amounts of two don't compare; or the first of which it is not known. */
export function farthestBelow<R extends Drawn>(
  rows: readonly R[],
): { unknown: R } | { worst: R[] } {
  const worst = new Map<string, R>();
  for (const row of rows) {
    if (row.drawdown === null) return { unknown: row };
    const other = worst.get(row.currency);
    if (other === undefined || isFarther(row, other)) worst.set(row.currency, row);
  }
  return { worst: [...worst.values()] };
}

/** By their shares, where both have capital. */
function isFarther(one: Drawn, other: Drawn): boolean {
  if (one.drawdown_ratio !== null && other.drawdown_ratio !== null)
    return one.drawdown_ratio > other.drawdown_ratio;
  return compare(one.drawdown ?? "0", other.drawdown ?? "0") > 0;
}
