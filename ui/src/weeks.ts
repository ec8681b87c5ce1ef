/** Days of the desk in rows from Monday to Sunday. Pure. */

export interface Day {
  /** When it began, in seconds. */
  start: number;
  /** What the desk calls it, as "2026-03-29". */
  date: string;
  /** null: it can't be known. */
  value: number | null;
}

const DAY_MS = 86_400_000;

/** Return the days by week, the newest last. Two of one date, where the desk changed its clock, are one. */
export function weeks(days: readonly Day[]): (Day | undefined)[][] {
  const rows = new Map<number, (Day | undefined)[]>();
  for (const day of days) {
    // Since the Monday before 1970.
    const number = Date.parse(day.date) / DAY_MS + 3;
    const [week, place] = [Math.floor(number / 7), number % 7];
    const row = rows.get(week) ?? Array.from<Day | undefined>({ length: 7 });
    row[place] = together(row[place], day);
    rows.set(week, row);
  }
  return [...rows.values()];
}

function together(one: Day | undefined, other: Day): Day {
  if (one === undefined) return other;
  return {
    ...one,
    value: one.value === null || other.value === null ? null : one.value + other.value,
  };
}
