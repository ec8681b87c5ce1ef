import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClockRow } from "./answers.ts";
import { farthestOff } from "./slowest.ts";

const clock = (host: string, offset_ns: number | null): ClockRow => ({
  host,
  offset_ns,
  reference: "ptp",
  age_s: 1,
});
const host = (...clocks: ClockRow[]) => farthestOff(clocks, 100)?.host;

test("the clock that is farthest off, on either side", () => {
  assert.equal(host(clock("gw1", 50), clock("gw2", -90)), "gw2");
  assert.equal(host(), undefined);
});

test("a clock that is not known may be farther off than those that are, but for one that is too far", () => {
  assert.equal(host(clock("gw1", 50), clock("gw2", null)), "gw2");
  assert.equal(host(clock("gw1", 150), clock("gw2", null)), "gw1");
});
