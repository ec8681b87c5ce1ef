import assert from "node:assert/strict";
import { test } from "node:test";
import type { PnlAnswer, PositionRow, PositionsAnswer } from "./answers.ts";
import { noteOf, shares } from "./breakdown.ts";

const row = (part: Partial<PositionRow>): PositionRow => ({
  account: "A1",
  strategy: "mm",
  venue: "XNAS",
  symbol: "AAPL",
  currency: "USD",
  method: "average",
  quantity: "1",
  average_price: "1",
  mark: "1",
  mark_age_s: 0,
  notional: "1",
  realized: "0",
  unrealized: "0",
  fees: {},
  funding: {},
  net: "0",
  hour: "0",
  day: "0",
  unpriced: null,
  ...part,
});
const pnl: PnlAnswer = { as_of: 0, hour_start: 0, day_start: 0, strategies: [], accounts: [] };
const drilled: PnlAnswer = { ...pnl, not_summed: ["drill"] };
const by = (name: "venue" | "symbol", ...positions: PositionRow[]) =>
  shares(name, pnl, { as_of: 0, positions } satisfies PositionsAnswer);

test("a venue is the exact sum of its positions", () => {
  const [venue, ...more] = by(
    "venue",
    row({ net: "0.1", fees: { USD: "1" } }),
    row({ symbol: "MSFT", net: "0.2" }),
  );
  assert.deepEqual([venue?.name, venue?.net, venue?.fees, more.length], ["XNAS", "0.3", "1", 0]);
});

test("what settles in two currencies is never added up", () => {
  assert.equal(by("venue", row({}), row({ currency: "EUR" })).length, 2);
});

test("one position that can't be known makes its sum unknown, and says why", () => {
  const [symbol] = by(
    "symbol",
    row({}),
    row({ strategy: "pairs", net: null, unpriced: "no_mark" }),
  );
  assert.deepEqual([symbol?.net, symbol?.unpriced, symbol?.realized], [null, "no_mark", "0"]);
});

test("fees that were paid in another currency can't be added without a rate", () => {
  assert.equal(by("symbol", row({ fees: { BNB: "0.01" } }))[0]?.fees, null);
});

test("what a simulated account trades is no part of a venue or a symbol", () => {
  const positions = [row({ net: "0.1" }), row({ account: "drill", net: "-500" })];
  for (const name of ["venue", "symbol"] as const) {
    const [share] = shares(name, drilled, { as_of: 0, positions });
    assert.equal(share?.net, "0.1");
  }
});

test("positions that are long flat are in their strategies' sums, and said to be in no venue's", () => {
  assert.equal(noteOf("strategy", 2), "in the account's reporting currency");
  assert.equal(noteOf("venue", 2), "as settled; without 2 positions long flat");
  assert.equal(noteOf("symbol"), "as settled");
});
