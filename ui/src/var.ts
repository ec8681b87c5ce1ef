/** The largest value at risk, by what limits hold. Pure. */

import type { TailRow, VarAnswer, VarRow } from "./answers.ts";
import { summed } from "./amounts.ts";
import { compare } from "./decimal.ts";

interface Measured {
  row: VarRow;
  tail: TailRow;
}

/**
 * What accounts risk does not add up: of each currency, the largest says most. Or the first account
 * of which it is not known, which may be the largest; its own `unknown` is null where it has no VaR
 * by that method.
 */
export function largestVar(answer: VarAnswer): { unknown: VarRow } | { largest: Measured[] } {
  const accounts = summed(answer.rows, answer).filter((row) => row.strategy === null);
  const unknown = accounts.find((row) => row.unknown !== null);
  if (unknown !== undefined) return { unknown };
  const largest = new Map<string, Measured>();
  for (const row of accounts) {
    const tail = row.tails.find(
      ({ method, confidence }) =>
        method === answer.limit_method && confidence === answer.limit_confidence,
    );
    if (tail === undefined) return { unknown: row };
    const other = largest.get(row.currency)?.tail.value_at_risk;
    if (other === undefined || compare(tail.value_at_risk, other) > 0)
      largest.set(row.currency, { row, tail });
  }
  return { largest: [...largest.values()] };
}
