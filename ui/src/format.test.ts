import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as format from "./format.ts";
import { currency, numbers, zone } from "./settings.ts";

afterEach(() => {
  numbers.value = "1,234.5";
  currency.value = "$";
  zone.value = "local";
});

test("gains and losses always carry their sign, and what shows as zero has none", () => {
  assert.equal(format.gain("227.41", "USD"), "+$227");
  assert.equal(format.gain("-1234567.5", "USD"), "−$1,234,568");
  assert.equal(format.gain("0.00", "USD"), "$0");
  assert.equal(format.gain("1.25", "XBT"), "+1.2500 XBT");
  assert.equal(format.gain("99999999999999999999.5", "USDT"), "+100,000,000,000,000,000,000 USDT");
});

test("what is small is neither nothing nor half of it", () => {
  assert.equal(format.gain("-0.3", "USD"), "−$0.30");
  assert.equal(format.gain("-0.0049", "USD"), "−$0.0049");
  assert.equal(format.gain("99.5", "USD"), "+$99.50");
  assert.equal(format.gain("0.00004", "BTC"), "+0.00004 BTC");
  assert.equal(format.size("0.00004", "BTC"), "0.00004 BTC");
  assert.equal(format.amount("-0.000123", "SOL", true), "−0.00012");
});

test("sizes have three digits or so", () => {
  assert.equal(format.size("18432871.5", "USD"), "$18.4m");
  assert.equal(format.size("412000", "EUR"), "€412k");
  assert.equal(format.size("999.6", "USD"), "$1.00k");
  assert.equal(format.size("0.5", "BTC"), "0.50 BTC");
  assert.equal(format.size("-2500000000", "USD"), "−$2.50bn");
});

test("every digit of a quantity is shown", () => {
  assert.equal(format.exact("2.99955001"), "2.99955001");
  assert.equal(format.exact("-290000", true), "−290,000");
  assert.equal(format.amount("1860.125", "USD"), "1,860.12");
  assert.equal(format.amount("0.00004", "XBT", true), "+0.000040");
});

test("axes say no more than they know", () => {
  assert.equal(format.axis(400, "USD", 200), "$400");
  assert.equal(format.axis(-2500, "USD", 500), "−$2.5k");
  assert.equal(format.axis(0, "USD", 500), "$0");
  assert.equal(format.axis(0.5, "USD", 0.5), "$0.5");
  assert.equal(format.axis(0.2 - 0.3 + 0.1, "USD", 0.1), "$0");
});

test("no two ticks of an axis read the same", () => {
  const ticks = (step: number, currency: string, ...of: number[]): string[] =>
    of.map((tick) => format.axis(tick, currency, step));
  assert.deepEqual(ticks(200, "USD", 1_000_200, 1_000_400), ["$1.0002m", "$1.0004m"]);
  assert.deepEqual(ticks(25, "USD", 975, 1000, 1025), ["$975", "$1k", "$1.025k"]);
  assert.deepEqual(ticks(0.00002, "BTC", 0.00002, 0.00004), ["0.00002 BTC", "0.00004 BTC"]);
});

test("one of a thing is not several", () => {
  assert.equal(format.counted(1, "event"), "1 event");
  assert.equal(format.counted(0, "event"), "0 events");
  assert.equal(format.counted(1234, "entry", "entries"), `${format.count(1234)} entries`);
});

test("numbers and currencies are written as chosen", () => {
  numbers.value = "1.234,5";
  assert.equal(format.amount("1234.5", "USD"), "1.234,50");
  numbers.value = "1 234.5";
  assert.equal(format.count(1234567), "1\u202f234\u202f567");
  currency.value = "USD";
  assert.equal(format.gain("5", "USD"), "+5.00 USD");
});

test("a share of a limit is never rounded up to it", () => {
  assert.equal(format.share(0.9999), "99%");
  assert.equal(format.share(0.29), "29%");
  assert.equal(format.share(1.124), "112%");
  assert.equal(format.share(Infinity), "over");
  assert.equal(format.percent(-0.00123), "−0.12%");
});

test("durations have three digits and a unit", () => {
  assert.equal(format.duration(14_200_000), "14.2 ms");
  assert.equal(format.duration(999_700_000), "1 s");
  assert.equal(format.duration(1_460_666_367), "1.46 s");
  assert.equal(format.duration(850), "850 ns");
  assert.equal(format.duration(0), "0 ns");
  assert.equal(format.duration(-2_500), "−2.5 µs");
});

test("lengths of time", () => {
  assert.equal(format.span(300), "5 min");
  assert.equal(format.span(90), "90 s");
  assert.equal(format.elapsed(11_105), "3 h 05 min");
  assert.equal(format.elapsed(59.9), "59 s");
  assert.equal(format.elapsed(200_000), "2 d 07 h");
});

test("times have 24 hours and ISO dates", () => {
  zone.value = "UTC";
  assert.equal(format.moment(1_795_705_961_750_872_450), "2026-11-26 15:12:41");
});

test("bytes", () => {
  assert.equal(format.bytes(98_648_064), "94.1 MiB");
  assert.equal(format.bytes(0), "0 B");
});

test("reasons are said in words", () => {
  assert.equal(format.reason("mark_stale"), "price too old");
  assert.equal(format.reason("some_new_one"), "some new one");
  assert.equal(format.reason(null), "not known");
});
