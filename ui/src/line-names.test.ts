import assert from "node:assert/strict";
import { test } from "node:test";
import { commonCurrency, nameIn } from "./line-names.ts";

const line = (strategy: string, account: string, currency = "USD") => ({
  strategy,
  account,
  currency,
});
const names = (...all: ReturnType<typeof line>[]) => all.map((one) => nameIn(all, one));

test("a strategy is called by its name, and by its account where several run one of that name", () => {
  assert.deepEqual(names(line("carry", "A1"), line("pairs", "A1"), line("pairs", "A2")), [
    "carry",
    "pairs · A1",
    "pairs · A2",
  ]);
  assert.deepEqual(names(line("", "A1")), ["A1"]);
});

test("where lines are in several currencies each says its own, for none can be compared", () => {
  const all = [line("carry", "A1"), line("pairs", "A2", "EUR"), line("pairs", "A3", "EUR")];
  assert.equal(commonCurrency(all), "");
  assert.deepEqual(names(...all), ["carry · USD", "pairs · A2 · EUR", "pairs · A3 · EUR"]);
});
