import { digits, moment, size } from "../format.ts";
import { weeks, type Day } from "../weeks.ts";
import { Figure } from "./figure.tsx";

const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Days by week, the newest week last; the more was earned or lost, the stronger the ground. */
export function Calendar({
  label,
  days,
  currency,
}: {
  label: string;
  days: readonly Day[];
  currency: string;
}) {
  const most = Math.max(1e-9, ...days.map(({ value }) => Math.abs(value ?? 0)));
  return (
    <table class="calendar" aria-label={label}>
      <thead>
        <tr>
          {NAMES.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks(days).map((week) => (
          <tr key={week[0]?.start ?? 0}>
            {week.map((day, place) =>
              day === undefined ? (
                <td key={place} />
              ) : (
                <Cell key={place} day={day} most={most} currency={currency} />
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({
  day: { date, start, value },
  most,
  currency,
}: {
  day: Day;
  most: number;
  currency: string;
}) {
  const text = value === null ? null : (value > 0 ? "+" : "") + size(digits(value), currency);
  const strong = value === null ? 0 : Math.round(8 + (30 * Math.abs(value)) / most);
  const ground =
    value === null || value === 0
      ? "transparent"
      : `color-mix(in oklab, var(${value > 0 ? "--pos" : "--neg"}) ${strong}%, transparent)`;
  return (
    <td class="day" style={{ background: ground }} title={`began ${moment(start * 1e9)}`}>
      <small>{date.slice(5)}</small>
      <Figure text={text} why="it could not be known at its end" />
    </td>
  );
}
