import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, type Delta, type Json } from "./delta.ts";

test("members are replaced, changed inside and removed", () => {
  const old: Json = { a: 1, b: { c: 2, d: [1, 2] }, gone: true };
  const delta: Delta = {
    "=": { a: 3 },
    "~": { b: { "~": { d: { "=": { "1": 5 } } } } },
    "-": ["gone"],
  };
  assert.deepEqual(apply(old, delta), { a: 3, b: { c: 2, d: [1, 5] } });
});

test("what did not change is the same object, and the old one stays as it was", () => {
  const rows: Json = [{ net: "1" }, { net: "2" }];
  const after = apply(rows, { "~": { "1": { "=": { net: "3" } } } }) as Json[];
  assert.equal(after[0], rows[0]);
  assert.deepEqual(rows, [{ net: "1" }, { net: "2" }]);
  assert.deepEqual(after[1], { net: "3" });
});

test("an array of another length comes whole", () => {
  assert.deepEqual(apply({ rows: [1] }, { "=": { rows: [1, 2] } }), { rows: [1, 2] });
});

test("a delta that does not fit is an error, never a guess", () => {
  assert.throws(() => apply({ a: 1 }, { "~": { a: { "=": { b: 1 } } } }));
  assert.throws(() => apply({}, { "~": { a: { "=": { b: 1 } } } }));
});
