import type { TimelineAnswer } from "../answers.ts";
import { commonCurrency, nameIn } from "../line-names.ts";
import { Bars } from "../parts/bars.tsx";
import { Calendar } from "../parts/calendar.tsx";
import { Card } from "../parts/card.tsx";
import { Name } from "../parts/legend.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { series } from "../theme.ts";
import { useTimeline } from "../timeline.ts";
import type { Day } from "../weeks.ts";
import { APART } from "./lines.tsx";

const HOUR_S = 3_600;
const DAY_S = 86_400;
const WEEKS = 6;

/** What each strategy earned in each of the last 24 hours. */
export function HoursCard() {
  const timeline = useTimeline<TimelineAnswer>("pnl_hours", { last: 24 * HOUR_S });
  const found = timeline.value.value?.series ?? [];
  const apart = found.length > 0 && commonCurrency(found) === "";
  const end = apart ? APART : "the line is their sum";
  return (
    <Card title="By hour" note={`net of each strategy, last 24 h; ${end}`} width="w8">
      <Known of={timeline}>
        {({ times, series: all }) => {
          if (times.length === 0 || all.length === 0)
            return <Empty>Nothing was traded in any hour yet.</Empty>;
          const currency = commonCurrency(all);
          const lines = all.map((one) => ({ name: nameIn(all, one), values: one.values }));
          return (
            <>
              <Bars
                label="P&L by hour and strategy"
                data={{ times, lines }}
                sums={!apart}
                currency={currency}
              />
              <ul class="legend" aria-label="Strategies">
                {lines.map(({ name }, place) => (
                  <li key={name} class="still">
                    <i
                      class={series(place).dashed ? "dashed" : ""}
                      style={{ "--c": `var(${series(place).name})` }}
                    />
                    <Name of={name} />
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Known>
    </Card>
  );
}

/** What the desk earned on each of its last days. */
export function DaysCard() {
  const timeline = useTimeline<TimelineAnswer>("pnl_days", { last: WEEKS * 7 * DAY_S });
  return (
    <Card title="By day" note={`net, last ${WEEKS} weeks`} width="w4">
      <Known of={timeline}>
        {(answer) =>
          answer.times.length === 0 || answer.series.length === 0 ? (
            <Empty>Nothing was traded on any day yet.</Empty>
          ) : commonCurrency(answer.series) === "" ? (
            <Empty>What is earned in several currencies does not add up.</Empty>
          ) : (
            <Calendar
              label="P&L by day"
              days={sinceKnown(days(answer))}
              currency={commonCurrency(answer.series)}
            />
          )
        }
      </Known>
    </Card>
  );
}

/** From the first day on that is known; where none is, the one that goes on. */
const sinceKnown = (all: Day[]): Day[] => all.slice(all.findIndex(({ value }) => value !== null));

/** The sum of all strategies on each day: not known where one of them isn't. */
function days({ times, dates = [], series: all }: TimelineAnswer): Day[] {
  return times.map((start, at) => {
    const values = all.map(({ values }) => values[at] ?? null);
    const known = !values.includes(null);
    return {
      start,
      date: dates[at] ?? "",
      value: known ? values.reduce((sum: number, value) => sum + (value ?? 0), 0) : null,
    };
  });
}
