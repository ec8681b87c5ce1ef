/** Days of the desk in rows from Monday to Sunday. Pure. */

export interface Day {
  /** When it began, in seconds. */
  start: number;
  /** null: it can't be known. */
  value: number | null;
}

export interface DatedDay extends Day {
  /** As "2026-03-29". */
  date: string;
}

const HALF_DAY_S = 43_200;
const DAY_MS = 86_400_000;

/**
 * Return the days, none left out between the first and the last, by week; the newest last.
 *
 * dateOf: the date of a moment (s) where the page is read. Of the last day it is that of its
 * middle, so that one from 17:00 to 17:00 is told by the date on which it ends; the others count
 * back from it. Each by itself, two would have one date where clocks change.
 */
export function weeks(
  days: readonly Day[],
  dateOf: (seconds: number) => string,
): (DatedDay | undefined)[][] {
  const last = Date.parse(dateOf((days.at(-1)?.start ?? 0) + HALF_DAY_S));
  const rows: (DatedDay | undefined)[][] = [];
  days.forEach((day, at) => {
    const date = new Date(last - (days.length - 1 - at) * DAY_MS);
    const place = (date.getUTCDay() + 6) % 7;
    if (rows.length === 0 || place === 0) rows.push(Array.from({ length: 7 }, () => undefined));
    const row = rows.at(-1);
    if (row !== undefined) row[place] = { ...day, date: date.toISOString().slice(0, 10) };
  });
  return rows;
}
