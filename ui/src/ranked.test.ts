import assert from "node:assert/strict";
import { test } from "node:test";
import { ranked } from "./ranked.ts";

test("the most frequent first", () => {
  assert.deepEqual(
    ranked({ b: 1, a: 1, c: 5 }).map(({ name }) => name),
    ["c", "a", "b"],
  );
});
