import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, negate, round, shift, sign, sum } from "./decimal.ts";

test("a sum is exact where floats are not", () => {
  assert.equal(sum(["0.1", "0.2"]), "0.3");
  assert.equal(sum(["9007199254740993", "-0.000000001"]), "9007199254740992.999999999");
  assert.equal(sum(["-1.5", "1.5"]), "0.0");
  assert.equal(sum([]), "0");
});

test("rounding is half to even, as the engine's", () => {
  assert.equal(round("0.125", 2), "0.12");
  assert.equal(round("0.135", 2), "0.14");
  assert.equal(round("-2.5", 0), "-2");
  assert.equal(round("-0.004", 2), "0.00");
  assert.equal(round("999.995", 2), "1000.00");
  assert.equal(round("7", 2), "7.00");
});

test("signs and order", () => {
  assert.equal(sign("-0.000000001"), -1);
  assert.equal(sign("0.00"), 0);
  assert.equal(negate("-12.5"), "12.5");
  assert.equal(negate("0"), "0");
  assert.ok(compare("-10", "9") < 0);
  assert.ok(compare("10.01", "10.0099") > 0);
});

test("a shift moves the point", () => {
  assert.equal(shift("18432871.5", -6), "18.4328715");
  assert.equal(shift("0.05", 2), "5");
});

test("what is no plain decimal is refused", () => {
  for (const text of ["", "1e5", "NaN", "1,000", ".5"]) assert.throws(() => sum([text]));
});
