import assert from "node:assert/strict";
import { test } from "node:test";
import type { LatencyTimelineAnswer, NewestAnswer, TimelineAnswer } from "./answers.ts";
import { growLatency, growLines } from "./grow.ts";

type Latencies = NewestAnswer["latencies"];

const lines = (times: number[], values: (number | null)[]): TimelineAnswer => ({
  as_of: 0,
  step_s: 5,
  times,
  series: [{ account: "A1", strategy: "mm", currency: "USD", drawn: "pnl", values }],
  left_out: 0,
});
const newest = (time: number, pnl: number | null, latencies: Latencies = []): NewestAnswer => ({
  as_of: 0,
  time,
  step_s: 1,
  points: [
    { account: "A1", strategy: "mm", currency: "USD", pnl, drawdown: null, gross: 50, net: -20 },
  ],
  latencies,
});

test("a step that is not over yet is drawn up to now, and once", () => {
  let answer: TimelineAnswer | null = lines([5, 10], [1, 2]);
  for (const [time, pnl] of [
    [11, 3],
    [12, 4],
    [15, 5],
    [16, 6],
  ] as const)
    answer = answer && growLines(answer, newest(time, pnl), 100);
  assert.deepEqual(answer?.times, [5, 10, 15, 16]);
  assert.deepEqual(answer?.series[0]?.values, [1, 2, 5, 6]);
});

test("what was drawn of a step stays where its end was not told", () => {
  const answer = growLines(lines([5, 10, 14], [1, 2, -9]), newest(17, 4), 100);
  assert.deepEqual(answer?.times, [5, 10, 14, 17]);
  assert.deepEqual(answer?.series[0]?.values, [1, 2, -9, 4]);
});

test("what was earned in the currency of before is not told in another", () => {
  const both = lines([5, 10], [1, 2]);
  both.series.push({ ...both.series[0]!, currency: "EUR", values: [3, null] });
  const answer = growLines(both, newest(15, 7), 100);
  assert.deepEqual(
    answer?.series.map(({ currency, values }) => [currency, ...values]),
    [
      ["USD", 1, 2, 7],
      ["EUR", 3, null, null],
    ],
  );
});

test("a step whose end was missed has to be asked for, however long steps are", () => {
  const long = { ...lines([900, 1500], [1, 2]), step_s: 900 };
  assert.equal(growLines(long, newest(1900, 3), 9_000), null);
  assert.deepEqual(growLines(long, newest(1700, 3), 9_000)?.times, [900, 1700]);
});

test("what is before the range goes", () => {
  const answer = growLines(lines([5, 10], [1, 2]), newest(15, 3), 8);
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
  assert.equal(growLines(answer, newest(10, 9), 100), answer);
});

test("what is missing in between, and a strategy that is new, have to be asked for", () => {
  assert.equal(growLines(lines([5, 10], [1, 2]), newest(60, 3), 100), null);
  const other = newest(11, 3);
  other.points[0] = { ...other.points[0]!, strategy: "pairs" };
  assert.equal(growLines(lines([5, 10], [1, 2]), other, 100), null);
});

test("what can't be known is a gap in the line", () => {
  assert.deepEqual(growLines(lines([5], [1]), newest(10, null), 100)?.series[0]?.values, [1, null]);
});

test("each line grows by the figure that it draws", () => {
  const [drawn] = lines([5], [1]).series;
  const answer = growLines(
    {
      ...lines([5], [1]),
      series: [
        { ...drawn!, drawn: "gross", values: [40] },
        { ...drawn!, drawn: "net", values: [-10] },
      ],
    },
    newest(10, 7),
    100,
  );
  assert.deepEqual(
    answer?.series.map(({ values }) => values),
    [
      [40, 50],
      [-10, -20],
    ],
  );
});

const acks = (venue: string | null, counts: number[]): LatencyTimelineAnswer => ({
  as_of: 0,
  step_s: 5,
  operation: "order_ack",
  venue,
  times: [5],
  edges_s: [0.1],
  counts: [counts],
});

test("a heatmap grows by its own operation and venue", () => {
  const latencies: Latencies = [
    { operation: "order_ack", venue: "XNAS", counts: [1, 2] },
    { operation: "order_ack", venue: "XETR", counts: [10, 0] },
    { operation: "feed_delay", venue: "XNAS", counts: [7, 7] },
  ];
  const grown = (venue: string | null) =>
    growLatency(acks(venue, [4, 0]), newest(6, 0, latencies), 100)?.counts.at(-1);
  assert.deepEqual(grown("XNAS"), [1, 2]);
  assert.deepEqual(grown(null), [11, 2]);
  assert.deepEqual(grown("BITMEX"), [0, 0], "none is none, not unknown");
});

test("counts of a step add up", () => {
  let answer: LatencyTimelineAnswer | null = acks(null, [4, 0]);
  const latencies: Latencies = [{ operation: "order_ack", venue: "XNAS", counts: [1, 2] }];
  for (const time of [6, 7, 8, 9, 10, 11])
    answer = answer && growLatency(answer, newest(time, 0, latencies), 100);
  assert.deepEqual(answer?.times, [5, 10, 11]);
  assert.deepEqual(answer?.counts, [
    [4, 0],
    [5, 10],
    [1, 2],
  ]);
});

test("a step that was not over when it was asked for goes on", () => {
  const asked = {
    ...acks(null, [4, 0]),
    times: [5, 8],
    counts: [
      [4, 0],
      [6, 1],
    ],
  };
  const latencies: Latencies = [{ operation: "order_ack", venue: "XNAS", counts: [1, 2] }];
  const answer = growLatency(asked, newest(9, 0, latencies), 100);
  assert.deepEqual(
    [answer?.times, answer?.counts],
    [
      [5, 9],
      [
        [4, 0],
        [7, 3],
      ],
    ],
  );
});

test("a second that never came is missing from what is counted, and has to be asked for", () => {
  assert.equal(growLatency(acks(null, [4, 0]), newest(7, 0), 100), null);
  assert.notEqual(growLines(lines([5], [1]), newest(7, 3), 100), null, "a line goes on");
});
