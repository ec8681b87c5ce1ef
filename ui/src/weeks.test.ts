import assert from "node:assert/strict";
import { test } from "node:test";
import { weeks } from "./weeks.ts";

/** The date of a moment in a zone, as a page there tells it. */
const where = (timeZone: string) => (seconds: number) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(seconds * 1000);
const days = (...starts: string[]) =>
  starts.map((start, value) => ({ start: Date.parse(start) / 1000, value }));
const told = (found: ReturnType<typeof weeks>) =>
  found.flat().map((day) => day && `${day.date} ${day.value}`);

/** Those of a desk in London, of which the second has 23 hours. */
const LONDON = days("2026-03-28T00:00Z", "2026-03-29T00:00Z", "2026-03-29T23:00Z");

test("a day is in the column of its weekday, and weeks begin on Monday", () => {
  assert.deepEqual(told(weeks(LONDON, where("Europe/London"))), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    "2026-03-28 0",
    "2026-03-29 1",
    "2026-03-30 2",
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("no day takes another's place, wherever clocks change", () => {
  for (const zone of ["UTC", "Europe/London", "America/New_York", "Pacific/Auckland"]) {
    const shown = told(weeks(LONDON, where(zone))).filter((day) => day !== undefined);
    assert.equal(shown.length, 3, zone);
  }
});

test("a day that begins in the evening is told by the date on which it ends", () => {
  const sunday = days("2026-11-22T22:00Z", "2026-11-23T22:00Z"); // 17:00 in New York
  assert.deepEqual(told(weeks(sunday, where("America/New_York"))).slice(0, 2), [
    "2026-11-23 0",
    "2026-11-24 1",
  ]);
});

test("without a day there is no week", () => {
  assert.deepEqual(weeks([], where("UTC")), []);
});
