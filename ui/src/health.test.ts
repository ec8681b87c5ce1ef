import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelRow, StreamRow } from "./answers.ts";
import { feedName, feedRows, rank, silenceRatio, unjudged, usualRatio } from "./health.ts";

const stream = (part: Partial<StreamRow>): StreamRow =>
  ({
    symbol: "",
    staleness_s: null,
    expected_gap_s: null,
    stale_after_s: null,
    ...part,
  }) as StreamRow;

test("a silence is measured by when it is stale, and so is what is usual", () => {
  const row = stream({ staleness_s: 3, expected_gap_s: 2, stale_after_s: 10 });
  assert.equal(silenceRatio(row), 0.3);
  assert.equal(usualRatio(row), 0.2);
  assert.equal(silenceRatio(stream({ stale_after_s: 10 })), null);
  assert.equal(usualRatio(stream({ expected_gap_s: 2 })), null);
});

test("what is at fault comes first", () => {
  assert.ok(rank("stale") < rank("unknown"));
  assert.ok(rank("unknown") < rank("flowing"));
});

test("a channel is one row, or one for each symbol", () => {
  const channel = {
    venue: "XNAS",
    channel: "quotes",
    service: "pricer",
    whole: stream({}),
    symbols: [stream({ symbol: "AAPL" }), stream({ symbol: "NVDA" })],
  } as ChannelRow;
  assert.deepEqual(feedRows([channel], false).map(feedName), ["XNAS · quotes · pricer"]);
  assert.deepEqual(feedRows([channel], true).map(feedName), [
    "XNAS · quotes · pricer · AAPL",
    "XNAS · quotes · pricer · NVDA",
  ]);
});

test("a channel that told too little is not judged, whatever is known of its symbols", () => {
  const channel = (verdict: StreamRow["verdict"]) =>
    ({ whole: stream({ verdict }), symbols: [stream({ verdict: "unknown" })] }) as ChannelRow;
  assert.equal(unjudged([channel("unknown"), channel("flowing"), channel("stale")]), 1);
});
