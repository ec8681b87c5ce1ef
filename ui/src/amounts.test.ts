import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "./amounts.ts";

const accounts = [
  { account: "A1", currency: "USD", net: "10" },
  { account: "drill", currency: "USD", net: "-500" },
  { account: "A2", currency: "EUR", net: "3" },
];
const net = (row: { net: string | null }) => row.net;

test("accounts add up by currency", () => {
  assert.deepEqual(total({ accounts }, net), {
    sums: [
      { currency: "USD", amount: "-490" },
      { currency: "EUR", amount: "3" },
    ],
  });
});

test("a simulated account is in no sum, and keeps none from being known", () => {
  const unknown = accounts.map((row) => (row.account === "drill" ? { ...row, net: null } : row));
  for (const rows of [accounts, unknown])
    assert.deepEqual(total({ accounts: rows, not_summed: ["drill"] }, net), {
      sums: [
        { currency: "USD", amount: "10" },
        { currency: "EUR", amount: "3" },
      ],
    });
});

test("a real account that is not known keeps the sum from being known", () => {
  const unknown = { account: "A3", currency: "USD", net: null };
  const found = total({ accounts: [...accounts, unknown], not_summed: ["drill"] }, net);
  assert.deepEqual(found, { unknown });
});
