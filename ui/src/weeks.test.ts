import assert from "node:assert/strict";
import { test } from "node:test";
import { weeks, type Day } from "./weeks.ts";

const days = (...told: [date: string, value: number | null][]): Day[] =>
  told.map(([date, value], start) => ({ date, value, start }));
const told = (found: ReturnType<typeof weeks>) =>
  found.map((week) => week.map((day) => day && `${day.date} ${day.value}`));

test("a day is in the column of its weekday, and weeks begin on Monday", () => {
  const found = weeks(days(["2026-03-28", 0], ["2026-03-29", 1], ["2026-03-30", 2]));
  const none = undefined;
  assert.deepEqual(told(found), [
    [none, none, none, none, none, "2026-03-28 0", "2026-03-29 1"],
    ["2026-03-30 2", none, none, none, none, none, none],
  ]);
});

test("two days of one date are one, and it is known where both are", () => {
  const zone_changed = days(["2026-03-30", 1], ["2026-03-30", 2], ["2026-03-31", 3]);
  assert.deepEqual(told(weeks(zone_changed))[0]?.slice(0, 2), ["2026-03-30 3", "2026-03-31 3"]);
  const [half] = weeks(days(["2026-03-30", 1], ["2026-03-30", null]));
  assert.equal(half?.[0]?.value, null);
});

test("without a day there is no week", () => {
  assert.deepEqual(weeks([]), []);
});
