import assert from "node:assert/strict";
import { test } from "node:test";
import { besides, niceStep, stack } from "./bars.ts";

test("gains stand upon each other and losses hang below", () => {
  const { parts, sum } = stack([30, -10, 20, -5]);
  assert.deepEqual(
    parts.map(({ from, to }) => [from, to]),
    [
      [0, 30],
      [0, -10],
      [30, 50],
      [-10, -15],
    ],
  );
  assert.equal(sum, 35);
});

test("what is not known has no part, and no sum is made without it", () => {
  const { parts, sum } = stack([30, null]);
  assert.deepEqual(
    parts.map(({ place }) => place),
    [0],
  );
  assert.equal(sum, null);
});

test("what does not add up stands side by side, each from zero, in a place of its own", () => {
  const { parts, sum } = besides([30, null, -10, 20]);
  assert.deepEqual(parts, [
    { place: 0, from: 0, to: 30, left: 0, wide: 0.25 },
    { place: 2, from: 0, to: -10, left: 0.5, wide: 0.25 },
    { place: 3, from: 0, to: 20, left: 0.75, wide: 0.25 },
  ]);
  assert.equal(sum, null);
});

test("an axis is divided by 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([0.07, 2, 4, 9, 140].map(niceStep), [0.05, 1, 2, 5, 50]);
});
