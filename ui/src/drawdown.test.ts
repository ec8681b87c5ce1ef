import assert from "node:assert/strict";
import { test } from "node:test";
import { farthestBelow } from "./drawdown.ts";

const row = (account: string, drawdown: string | null, ratio: number | null, currency = "USD") => ({
  account,
  currency,
  drawdown,
  drawdown_ratio: ratio,
});
const worst = (...rows: ReturnType<typeof row>[]) => {
  const found = farthestBelow(rows);
  return "unknown" in found ? found.unknown.account : found.worst.map(({ account }) => account);
};

test("the larger share of its peak is farther below, whatever the amounts", () => {
  assert.deepEqual(worst(row("A1", "500", 0.01), row("A2", "20", 0.2)), ["A2"]);
});

test("where one has no capital, amounts tell", () => {
  assert.deepEqual(worst(row("A1", "500", null), row("A2", "20", 0.2)), ["A1"]);
});

test("a currency is not set against another", () => {
  const yen = row("J1", "90000", null, "JPY");
  assert.deepEqual(worst(row("A1", "20", null), yen, row("A2", "500", null)), ["A2", "J1"]);
});

test("one that is not known may be the worst", () => {
  assert.equal(worst(row("A1", "20", 0.2), row("A2", null, null)), "A2");
});

test("nobody is below without an account", () => {
  assert.deepEqual(worst(), []);
});
