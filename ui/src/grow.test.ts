import assert from "node:assert/strict";
import { test } from "node:test";
import type { LatencyTimelineAnswer, NewestAnswer, TimelineAnswer } from "./answers.ts";
import { growLatency, growPnl } from "./grow.ts";

const lines = (times: number[], values: (number | null)[]): TimelineAnswer => ({
  as_of: 0,
  step_s: 5,
  times,
  series: [{ account: "A1", strategy: "mm", currency: "USD", drawn: "pnl", values }],
  left_out: 0,
});
const newest = (time: number, pnl: number | null, counts = [1, 0]): NewestAnswer => ({
  as_of: 0,
  time,
  step_s: 1,
  points: [{ account: "A1", strategy: "mm", currency: "USD", pnl, drawdown: null }],
  operation: "order_ack",
  edges_s: [0.1],
  counts,
});

test("a step that is not over yet is drawn up to now, and once", () => {
  let answer: TimelineAnswer | null = lines([5, 10], [1, 2]);
  for (const [time, pnl] of [
    [11, 3],
    [12, 4],
    [15, 5],
    [16, 6],
  ] as const)
    answer = answer && growPnl(answer, newest(time, pnl), 100);
  assert.deepEqual(answer?.times, [5, 10, 15, 16]);
  assert.deepEqual(answer?.series[0]?.values, [1, 2, 5, 6]);
});

test("what is before the range goes", () => {
  const answer = growPnl(lines([5, 10], [1, 2]), newest(15, 3), 8);
  assert.deepEqual(
    [answer?.times, answer?.series[0]?.values],
    [
      [10, 15],
      [2, 3],
    ],
  );
});

test("a second that was drawn already changes nothing", () => {
  const answer = lines([5, 10], [1, 2]);
  assert.equal(growPnl(answer, newest(10, 9), 100), answer);
});

test("what is missing in between, and a strategy that is new, have to be asked for", () => {
  assert.equal(growPnl(lines([5, 10], [1, 2]), newest(60, 3), 100), null);
  const other = newest(11, 3);
  other.points[0] = { ...other.points[0]!, strategy: "pairs" };
  assert.equal(growPnl(lines([5, 10], [1, 2]), other, 100), null);
});

test("what can't be known is a gap in the line", () => {
  assert.deepEqual(growPnl(lines([5], [1]), newest(10, null), 100)?.series[0]?.values, [1, null]);
});

test("counts of a step add up", () => {
  let answer: LatencyTimelineAnswer | null = {
    as_of: 0,
    step_s: 5,
    operation: "order_ack",
    venue: null,
    times: [5],
    edges_s: [0.1],
    counts: [[4, 0]],
  };
  for (const time of [6, 7, 10, 11])
    answer = answer && growLatency(answer, newest(time, 0, [1, 2]), 100);
  assert.deepEqual(answer?.times, [5, 10, 11]);
  assert.deepEqual(answer?.counts, [
    [4, 0],
    [3, 6],
    [1, 2],
  ]);
});
