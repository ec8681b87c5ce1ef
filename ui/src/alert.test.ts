import assert from "node:assert/strict";
import { test } from "node:test";
import { after, labelsOf, logsAround, runbookOf, valueText } from "./alert.ts";

test("a runbook's name is the file that its address ends in", () => {
  assert.equal(runbookOf("https://example.org/docs/runbooks/FeedStale.md"), "FeedStale");
  assert.equal(runbookOf("https://example.org/FeedStale"), undefined);
  assert.equal(runbookOf(undefined), undefined);
});

test("labels come by name, without what stands elsewhere", () => {
  const labels = { severity: "page", venue: "XNAS", alertname: "FeedStale", channel: "quotes" };
  assert.deepEqual(labelsOf(labels), [
    ["channel", "quotes"],
    ["venue", "XNAS"],
  ]);
});

test("the logs around an alert begin before it and end after it", () => {
  assert.equal(logsAround(1_000e9), "/logs?from=880&to=1300");
  assert.equal(logsAround(1_000e9, 2_000.5e9), "/logs?from=880&to=2301");
});

test("how long after is never below zero, and unknown where either is", () => {
  assert.equal(after(1e9, 3.5e9), 2.5);
  assert.equal(after(3e9, 1e9), 0);
  assert.equal(after(null, 1e9), null);
  assert.equal(after(1e9, null), null);
});

test("the value of an expression in as many digits as say what it is", () => {
  const values = [3, -1234.567, 0.00015, 12.5, 99.000001, 0.00000025, 1e22];
  assert.deepEqual(values.map(valueText), [
    "3",
    "−1,234.57",
    "0.00015",
    "12.5",
    "99.000001",
    "0.00000025",
    "10,000,000,000,000,000,000,000",
  ]);
});
