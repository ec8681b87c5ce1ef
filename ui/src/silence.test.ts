import assert from "node:assert/strict";
import { test } from "node:test";
import { durationOf, fits, matchersOf, matcherText } from "./silence.ts";

const LABELS = { severity: "page", breaker: "rejects", alertname: "CircuitBreakerOpen" };

test("an alert's matchers fit it, and not the next one", () => {
  const matchers = matchersOf(LABELS);
  assert.deepEqual(matchers.map(matcherText), [
    'alertname="CircuitBreakerOpen"',
    'breaker="rejects"',
  ]);
  assert.equal(fits(matchers, LABELS), true);
  assert.equal(fits(matchers, { ...LABELS, breaker: "loss" }), false);
});

test("a pattern matches the whole value, and a label that isn't there is empty", () => {
  assert.equal(fits([{ name: "breaker", op: "=~", value: "rej" }], LABELS), false);
  assert.equal(fits([{ name: "breaker", op: "=~", value: "rej.*|loss" }], LABELS), true);
  assert.equal(fits([{ name: "breaker", op: "!~", value: "rej.*" }], LABELS), false);
  assert.equal(fits([{ name: "venue", op: "!=", value: "" }], LABELS), false);
  assert.equal(fits([{ name: "breaker", op: "=~", value: "(" }], LABELS), null);
});

test("a silence lasts between a second and thirty days", () => {
  assert.equal(durationOf("1.5", "h"), 5_400);
  assert.equal(durationOf("1,5", "h"), 5_400);
  assert.equal(durationOf("30", "d"), 2_592_000);
  for (const [amount, unit] of [
    ["31", "d"],
    ["0", "h"],
    ["-1", "h"],
    ["", "h"],
    ["soon", "h"],
  ] as const)
    assert.equal(durationOf(amount, unit), null, amount);
});
