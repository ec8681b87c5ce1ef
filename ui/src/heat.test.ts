import assert from "node:assert/strict";
import { test } from "node:test";
import { cells, strength, when } from "./heat.ts";
import { zone } from "./settings.ts";

const heat = {
  times: [100, 101, 102, 103],
  step_s: 1,
  edges_s: [0.001, 0.002, 0.004, 0.008],
  counts: [
    [0, 0, 1, 0, 0],
    [0, 0, 2, 1, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 4, 0, 0],
  ],
};

test("buckets that hold something are drawn, with one more on each side", () => {
  const found = cells(heat, 100);
  assert.deepEqual([found?.columns, found?.lowest, found?.rows, found?.most], [4, 1, 4, 4]);
  assert.deepEqual([...(found?.counts.slice(4, 8) ?? [])], [0, 2, 1, 0]);
});

test("where there is no room, times are put together and no count is lost", () => {
  const found = cells(heat, 2);
  assert.deepEqual([found?.columns, found?.width_s], [2, 2]);
  assert.deepEqual([...(found?.counts ?? [])], [0, 3, 1, 0, 0, 4, 0, 0]);
});

test("a time without a column is empty", () => {
  const found = cells(
    { ...heat, times: [100, 103], counts: [heat.counts[0] ?? [], heat.counts[3] ?? []] },
    100,
  );
  assert.equal(found?.columns, 4);
});

test("nothing at all is nothing to draw", () => {
  assert.equal(cells({ ...heat, times: [], counts: [] }, 10), null);
  assert.equal(cells({ ...heat, counts: heat.counts.map(() => [0, 0, 0, 0, 0]) }, 10), null);
});

test("a column is told by when its step began, also where the step is not over yet", () => {
  zone.value = "UTC";
  const hours = { ...heat, step_s: 3600, times: [7200, 10800, 14400, 15000] };
  const found = cells(hours, 100);
  assert.deepEqual([found?.from, found?.columns], [3600, 4]);
  assert.deepEqual(
    [0, 3, 4].map((column) => when(found!, column)),
    ["01:00:00", "04:00:00", "05:00:00"],
  );
  assert.equal(cells({ ...hours, times: [15000], counts: [[0, 1, 0, 0, 0]] }, 100)?.from, 14400);
  zone.value = "local";
});

test("a single order is seen beside thousands", () => {
  assert.equal(strength(0, 5000, "linear"), 0);
  assert.ok(strength(1, 5000, "linear") > 0.05);
  assert.equal(strength(5000, 5000, "log"), 1);
  assert.ok(strength(70, 5000, "log") > strength(70, 5000, "linear"));
});

test("it begins where it is told to, whoever counted when", () => {
  const late = { ...heat, counts: heat.counts.map((column, at) => (at === 0 ? null : column)) };
  assert.equal(cells(late, 100, 99)?.from, 99);
  assert.equal(cells(late, 100)?.from, 100);
  assert.equal(cells(late, 100, cells(late, 100)?.from)?.from, 100);
});

test("over more than a day a time has its date: the same hour comes each day", () => {
  zone.value = "UTC";
  const picture = { from: 1_795_953_600, columns: 48, lowest: 0, rows: 1, most: 0 };
  const told = (width_s: number): string =>
    when({ ...picture, width_s, counts: new Float64Array(48) }, 24);
  assert.deepEqual([told(60), told(3_600)], ["12:24:00", "11-30 12:00"]);
  zone.value = "local";
});
