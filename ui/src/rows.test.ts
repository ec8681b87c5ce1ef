import assert from "node:assert/strict";
import { test } from "node:test";
import { ordered, readOrder, window, writeOrder } from "./rows.ts";

const by = (keys: (string | number | null)[], down = false) => ordered(keys, (key) => key, down);

test("amounts are ordered by what they are, also where floats can't tell them apart", () => {
  assert.deepEqual(by(["10", "9", "-1.5"]), ["-1.5", "9", "10"]);
  assert.deepEqual(by(["9007199254740993", "9007199254740992"]), [
    "9007199254740992",
    "9007199254740993",
  ]);
});

test("names are ordered as text", () => {
  assert.deepEqual(by(["pairs", "ETH", "carry"], true), ["pairs", "carry", "ETH"]);
});

test("what is not known is last, either way", () => {
  assert.deepEqual(by([null, "2", "1"]), ["1", "2", null]);
  assert.deepEqual(by([null, "2", "1"], true), ["2", "1", null]);
});

test("an order survives its link", () => {
  for (const text of ["net", "-net"]) assert.equal(writeOrder(readOrder(text)), text);
});

test("rows in sight, and a few beyond", () => {
  assert.deepEqual(window(1000, 3000, 300, 30, 5), { from: 95, to: 115 });
  assert.deepEqual(window(3, 0, 300, 30, 5), { from: 0, to: 3 });
  assert.deepEqual(window(3, 9000, 300, 30, 5), { from: 3, to: 3 });
});
