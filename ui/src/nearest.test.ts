import assert from "node:assert/strict";
import { test } from "node:test";
import type { LimitRow } from "./answers.ts";
import { limitPlace, nearest, usedOf, type Places } from "./nearest.ts";

/** Limits by account, what is used of each, and its state: "a 40 ok". */
const limits = (...texts: string[]): LimitRow[] =>
  texts.map((text) => {
    const [account = "", share = "", state = ""] = text.split(" ");
    const utilization = share === "?" ? null : Number(share) / 100;
    return { limit: "gross", account, utilization, state } as LimitRow;
  });

/** The accounts in order after each answer. */
function orders(...answers: LimitRow[][]): string[] {
  let places: Places = new Map();
  return answers.map((rows) => {
    const [order, next] = nearest(rows, places, limitPlace);
    places = next;
    return order.map(({ account }) => account).join("");
  });
}

test("limits that pass each other by little keep their places", () => {
  const found = orders(
    limits("a 41 ok", "b 40 ok"),
    limits("b 43 ok", "a 40 ok"),
    limits("b 44.9 ok", "a 36.1 ok"),
  );
  assert.deepEqual(found, ["ab", "ab", "ab"]);
});

test("one that came nearer by more goes up", () => {
  const found = orders(limits("a 41 ok", "b 40 ok"), limits("b 46 ok", "a 41 ok"));
  assert.deepEqual(found, ["ab", "ba"]);
});

test("a creep adds up", () => {
  const creep = [40, 42, 44, 46].map((share) => limits("a 41 ok", `b ${share} ok`));
  assert.deepEqual(orders(...creep), ["ab", "ab", "ab", "ba"]);
});

test("one that is worse from now on goes up at once, and down again", () => {
  const found = orders(
    limits("a 89 near", "b 88 near", "c 50 ok"),
    limits("b 90 high", "a 89 near", "c 50 ok"),
    limits("c 100 breached", "b 90 high", "a 89 near"),
    limits("b 90 high", "a 89 near", "c 50 ok"),
  );
  assert.deepEqual(found, ["abc", "bac", "cba", "bac"]);
});

test("a breach of a limit of zero is first, what is not known before what is near", () => {
  const found = orders(limits("a 120 breached", "b ? unknown", "c 80 near", "d ? breached"));
  assert.deepEqual(found, ["dabc"]);
});

test("those that are used alike keep their places, too", () => {
  const found = orders(limits("a 0 ok", "b 0 ok"), limits("b 1 ok", "a 0 ok"));
  assert.deepEqual(found, ["ab", "ab"]);
});

test("a limit that is set comes to its place, one that is gone leaves the others theirs", () => {
  const found = orders(
    limits("a 41 ok", "b 40 ok"),
    limits("c 60 ok", "b 43 ok", "a 40 ok"),
    limits("c 60 ok", "b 43 ok"),
  );
  assert.deepEqual(found, ["ab", "cab", "cb"]);
});

test("of a limit of zero what is used is known to be too much", () => {
  const row = { utilization: null, used: "5", state: "breached" } as LimitRow;
  assert.equal(usedOf(row), Infinity);
  assert.equal(usedOf({ ...row, used: null, state: "unknown" }), null);
  assert.equal(usedOf({ ...row, used: "5", utilization: 0.5, state: "ok" }), 0.5);
});
