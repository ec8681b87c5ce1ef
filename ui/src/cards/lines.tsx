import { computed, useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { TimelineAnswer, TimelineSeries } from "../answers.ts";
import { axis, count, digits } from "../format.ts";
import { Card, type CardWidth } from "../parts/card.tsx";
import { Chart, chartState, type Lines } from "../parts/chart.tsx";
import { commonCurrency, nameIn } from "../line-names.ts";
import { Legend } from "../parts/legend.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Known } from "../parts/state.tsx";
import type { Grow } from "../grow.ts";
import { choose, rangeName, zoom } from "../range.ts";
import { param, setParams } from "../route.ts";
import { useTimeline } from "../timeline.ts";

interface LinesCardProps {
  title: string;
  /** The timeline's name. */
  of: string;
  note: string;
  width?: CardWidth;
  actions?: ComponentChildren;
  /** Writes a line's figure; the same function each time. */
  write: (amount: string, currency: string) => string;
  /** What is drawn of a line; the same function each time. */
  change?: (values: (number | null)[]) => (number | null)[];
  /** Which of the answer's series are drawn, where it tells of several figures. */
  drawn?: TimelineSeries["drawn"];
  grow?: Grow<TimelineAnswer>;
  /** A line's newest figure as exact text, where it is known by now; of a past time it is no figure. */
  newest?: (name: string) => string | null | undefined;
}

/** Said of amounts on one axis that can't be compared. */
export const APART = "in several currencies, which don't compare";

/** Names of lines that are not drawn, as the link keeps them: on every chart of the page. */
const hidden = computed<ReadonlySet<string>>(
  () => new Set(param("hide").split(",").filter(Boolean).map(outOfList)),
);

/** A name may have a comma of its own. */
const inList = (name: string): string => name.replaceAll(",", "%2C");
const outOfList = (name: string): string => name.replaceAll("%2C", ",");

function toggle(name: string): void {
  const names = new Set(hidden.peek());
  if (!names.delete(name)) names.add(name);
  setParams({ hide: [...names].map(inList).join() });
}

/** Lines over the range that is shown, with their legend. */
export function LinesCard(props: LinesCardProps) {
  const { title, of, note, width, actions, write, change, drawn, grow, newest } = props;
  const timeline = useTimeline<TimelineAnswer>(of, { grow });
  const state = useMemo(() => chartState(hidden), []);
  const data = useMemo(
    () => computed(() => lines(timeline.value.value, drawn, change)),
    [timeline, drawn, change],
  );
  // A line that comes later makes the legend longer.
  useSlide(timeline.value.value?.series.map(({ account, strategy }) => account + strategy).join());
  const currency = useComputed(() => commonCurrency(timeline.value.value?.series ?? []));
  const apart = (timeline.value.value?.series.length ?? 0) > 0 && currency.value === "";
  const left = timeline.value.value?.left_out ?? 0;
  const format = useMemo(
    () => (value: number, step: number) => axis(value, currency.peek(), step),
    [currency],
  );
  return (
    <Card
      title={title}
      note={
        <>
          {rangeName.value === undefined ? <Unzoom /> : `${note}, last ${rangeName.value}`}
          {apart && `; ${APART}`}
          {left > 0 && `; ${count(left)} more not drawn`}
        </>
      }
      width={width}
      actions={actions}
    >
      <Known of={timeline}>
        {({ times, series }) =>
          times.length === 0 || series.length === 0 ? (
            <div class="plot">
              <Empty>Nothing was kept of this time.</Empty>
            </div>
          ) : (
            <>
              <Chart label={title} data={data} state={state} format={format} onZoom={zoom} />
              <Legend
                label={`${title}: lines`}
                data={data}
                state={state}
                format={(value) => write(digits(value), currency.value)}
                newest={rangeName.value === undefined ? undefined : newest}
                onToggle={toggle}
              />
            </>
          )
        }
      </Known>
    </Card>
  );
}

const Unzoom = () => (
  <button class="button" onClick={() => choose("1h")}>
    Back to the last 1h
  </button>
);

function lines(
  timeline: TimelineAnswer | undefined,
  drawn: LinesCardProps["drawn"],
  change: LinesCardProps["change"],
): Lines {
  if (timeline === undefined) return { times: [], lines: [] };
  const series = timeline.series.filter((one) => drawn === undefined || one.drawn === drawn);
  // What was before the first figure is no part of the picture.
  const first = timeline.times.findIndex((_, at) =>
    series.some(({ values }) => values[at] !== null),
  );
  const from = Math.max(0, first);
  return {
    times: timeline.times.slice(from),
    lines: series.map((one) => {
      const values = one.values.slice(from);
      return { name: nameIn(series, one), values: change === undefined ? values : change(values) };
    }),
  };
}
