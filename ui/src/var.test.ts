import assert from "node:assert/strict";
import { test } from "node:test";
import type { TailRow, VarAnswer, VarRow } from "./answers.ts";
import { largestVar } from "./var.ts";

const tail = (value_at_risk: string, part: Partial<TailRow> = {}): TailRow =>
  ({ method: "cornish_fisher", confidence: 0.975, value_at_risk, ...part }) as TailRow;

const row = (account: string, part: Partial<VarRow>): VarRow => ({
  account,
  strategy: null,
  currency: "USD",
  observations: 500,
  gross: "1",
  unknown: null,
  tails: [],
  backtests: [],
  ...part,
});

const largest = (rows: VarRow[], not_summed: string[] = []) => {
  const answer = { limit_method: "cornish_fisher", limit_confidence: 0.975, rows, not_summed };
  const found = largestVar(answer as unknown as VarAnswer);
  return "unknown" in found
    ? found.unknown.account
    : found.largest.map(({ row, tail }) => [row.account, tail.value_at_risk]);
};

test("of each currency the largest account, by the limits' method and confidence", () => {
  const others = [
    tail("9000", { method: "ewma" }),
    tail("8000", { confidence: 0.95 }),
    tail("1200"),
  ];
  const rows = [
    row("A1", { tails: [tail("500")] }),
    row("A2", { tails: others }),
    row("A2", { strategy: "pairs", tails: [tail("7000")] }),
    row("J1", { currency: "JPY", tails: [tail("90000")] }),
  ];
  assert.deepEqual(largest(rows), [
    ["A2", "1200"],
    ["J1", "90000"],
  ]);
});

test("an account that is not known may be the largest, whatever the reason", () => {
  const known = row("A1", { tails: [tail("500")] });
  assert.equal(largest([known, row("A2", { unknown: "warming_up" })]), "A2");
  const bent = row("A3", { tails: [tail("400", { method: "historical" })] });
  assert.equal(largest([known, bent]), "A3");
  assert.deepEqual(largest([known, bent], ["A3"]), [["A1", "500"]]);
});

test("no account risks nothing", () => {
  assert.deepEqual(largest([]), []);
});
