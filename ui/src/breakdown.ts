/** P&L by what one wants to see it by. Pure. */

import type { PnlAnswer, PositionRow, PositionsAnswer, StrategyPnl } from "./answers.ts";
import { summed } from "./amounts.ts";
import { sum } from "./decimal.ts";
import { counted } from "./format.ts";

export const BYS = ["strategy", "account", "venue", "symbol"] as const;
export type By = (typeof BYS)[number];

/** One line of a breakdown. fees: above zero was paid. null: it can't be known; undefined: not told by this. */
export interface Share {
  name: string;
  /** Where it is: the account of a strategy, the venue of a symbol. */
  where: string;
  currency: string;
  realized: string | null;
  unrealized: string | null;
  fees: string | null;
  funding: string | null;
  net: string | null;
  hour: string | null;
  day: string | null;
  drawdown?: string | null;
  unpriced: StrategyPnl["unpriced"];
}

/** In what it is told, and how many positions are in no venue's and no symbol's sum. */
export function noteOf(by: By, atRest = 0): string {
  if (by === "strategy" || by === "account") return "in the account's reporting currency";
  return atRest === 0
    ? "as settled"
    : `as settled; without ${counted(atRest, "position")} long flat`;
}

/** Return the shares: of strategies and accounts in their reporting currency, else as settled, and summed. */
export function shares(by: By, pnl: PnlAnswer, positions: PositionsAnswer): Share[] {
  if (by === "strategy")
    return pnl.strategies.map((row) => ({ ...row, name: row.strategy, where: row.account }));
  if (by === "account")
    return pnl.accounts.map((row) => ({ ...row, name: row.account, where: "" }));
  const groups = new Map<string, PositionRow[]>();
  for (const row of summed(positions.positions, pnl)) {
    const key = [row.venue, by === "symbol" ? row.symbol : "", row.currency].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => together(by, rows));
}

function together(by: By, rows: PositionRow[]): Share {
  const [first] = rows as [PositionRow];
  const all = (part: (row: PositionRow) => string | null): string | null => {
    const found = rows.map(part);
    return found.includes(null) ? null : sum(found as string[]);
  };
  return {
    name: by === "symbol" ? first.symbol : first.venue,
    where: by === "symbol" ? first.venue : "",
    currency: first.currency,
    realized: all((row) => row.realized),
    unrealized: all((row) => row.unrealized),
    fees: all((row) => inOwn(row.fees, row.currency)),
    funding: all((row) => inOwn(row.funding, row.currency)),
    net: all((row) => row.net),
    hour: all((row) => row.hour),
    day: all((row) => row.day),
    unpriced: rows.find((row) => row.unpriced !== null)?.unpriced ?? null,
  };
}

/** What was paid or received, if all of it was in `currency`: else it takes a rate to know. */
function inOwn(amounts: Record<string, string>, currency: string): string | null {
  const paid = Object.keys(amounts);
  if (paid.length === 0) return "0";
  return paid.length === 1 && paid[0] === currency ? (amounts[currency] ?? null) : null;
}
