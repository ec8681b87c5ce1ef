import { effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock } from "../format.ts";
import { zone } from "../settings.ts";
import { colour, scheme, series } from "../theme.ts";

export interface Line {
  name: string;
  /** One for each time; null is a gap: the figure could not be known then. */
  values: (number | null)[];
}

/** What a chart draws. Made anew at each change, while its arrays may be the same and longer. */
export interface Lines {
  /** Seconds since 1970 UTC. */
  times: number[];
  lines: Line[];
}

/** What a chart and its legend share. */
export interface ChartState {
  /** The place of the line that is pointed at, and of the time; null: none. */
  focus: Signal<number | null>;
  at: Signal<number | null>;
  /** Names of the lines that are not drawn. */
  hidden: ReadonlySignal<ReadonlySet<string>>;
}

export const chartState = (hidden: ReadonlySignal<ReadonlySet<string>>): ChartState => ({
  focus: signal(null),
  at: signal(null),
  hidden,
});

interface ChartProps {
  label: string;
  data: ReadonlySignal<Lines>;
  state: ChartState;
  /** Writes a tick of the axis, and how far it is from the next. */
  format: (value: number, step: number) => string;
  onZoom: (from: number, to: number) => void;
}

const FONT = '11px "Inter Variable", system-ui, sans-serif';
const [MINUTE_S, HOUR_S, DAY_S] = [60, 3_600, 86_400];

/** What ticks lie apart: also two minutes, and no month, which is of no one length. */
const STEPS = [
  [1, [1, 5, 10, 15, 30]],
  [MINUTE_S, [1, 2, 5, 10, 15, 30]],
  [HOUR_S, [1, 2, 3, 6, 12]],
  [DAY_S, [1, 2, 5, 10, 15]],
].flatMap(([unit, many]) => (many as number[]).map((one) => one * (unit as number)));

/** Lines over time. Dragging zooms; what is pointed at stands out, here and in the legend. */
export function Chart({ label, data, state, format, onZoom }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = box.current as HTMLDivElement;
    let plot: uPlot | undefined;
    let names = "";
    const size = (): { width: number; height: number } => ({
      width: place.clientWidth,
      height: place.clientHeight,
    });
    const make = (lines: Lines): void => {
      plot?.destroy();
      names = namesOf(lines);
      plot = new uPlot(
        { ...options(lines, state, format, onZoom), ...size() },
        table(lines),
        place,
      );
      byTouch(plot.over);
    };
    const ends = [
      effect(() => {
        // A canvas keeps the colours and the time zone that it was drawn with.
        void [scheme.value, zone.value];
        make(data.peek());
      }),
      effect(() => {
        const lines = data.value;
        if (document.hidden) return;
        if (namesOf(lines) !== names) make(lines);
        else plot?.setData(table(lines));
      }),
      effect(() => {
        const hidden = state.hidden.value;
        data.peek().lines.forEach(({ name }, place) => {
          if (plot?.series[place + 1]?.show === hidden.has(name))
            plot.setSeries(place + 1, { show: !hidden.has(name) });
        });
      }),
    ];
    const watch = new ResizeObserver(() => plot?.setSize(size()));
    watch.observe(place);
    return () => {
      ends.forEach((end) => end());
      watch.disconnect();
      plot?.destroy();
    };
  }, [data, format]);
  return <div class="plot" ref={box} role="img" aria-label={label} />;
}

const namesOf = ({ lines }: Lines): string => lines.map(({ name }) => name).join("\n");

const table = ({ times, lines }: Lines): uPlot.AlignedData => [
  times,
  ...lines.map((line) => line.values),
];

function options(
  { lines }: Lines,
  state: ChartState,
  format: ChartProps["format"],
  onZoom: (from: number, to: number) => void,
): Omit<uPlot.Options, "width" | "height"> {
  const axis = {
    stroke: colour("--mute"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
    font: FONT,
  };
  return {
    legend: { show: false },
    padding: [10, 26, 0, 0],
    tzDate: (seconds) =>
      zone.peek() === "UTC"
        ? uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC")
        : new Date(seconds * 1e3),
    cursor: {
      points: { size: 6 },
      focus: { prox: 24 },
      drag: { x: true, y: false, setScale: false },
    },
    focus: { alpha: 0.25 },
    axes: [
      {
        ...axis,
        incrs: STEPS,
        space: 70,
        values: (_plot, ticks, _axis, _space, step) => timeTicks(ticks, step),
      },
      {
        ...axis,
        size: (_plot, texts) => Math.max(62, ...(texts ?? []).map(({ length }) => 12 + 7 * length)),
        values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => format(tick, step)),
      },
    ],
    series: [
      {},
      ...lines.map(({ name }, place) => {
        const { name: property, dashed } = series(place);
        return {
          label: name,
          stroke: colour(property),
          width: 1.5,
          points: { show: false },
          show: !state.hidden.peek().has(name),
          ...(dashed ? { dash: [5, 4] } : {}),
        };
      }),
    ],
    hooks: {
      setSeries: [(_plot, place) => void (state.focus.value = place === null ? null : place - 1)],
      setCursor: [(plot) => void (state.at.value = plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Times of day with 24 hours; below the first one and where a day begins, its ISO date. */
function timeTicks(ticks: number[], step: number): string[] {
  let shown = "";
  return ticks.map((tick) => {
    const { date, time } = clock(tick);
    if (step >= DAY_S) return date;
    const text = step < 60 ? time : time.slice(0, 5);
    const line = date === shown ? text : `${text}\n${date}`;
    shown = date;
    return line;
  });
}

/** uPlot hears the mouse alone: a finger that moves sideways does what a mouse does that is held. */
function byTouch(over: HTMLElement): void {
  const as = (type: string) => (event: PointerEvent) => {
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    const { clientX, clientY } = event;
    // Without a movement it takes a move for a stray one.
    const said = { bubbles: true, clientX, clientY, movementX: 1, button: 0 };
    over.dispatchEvent(new MouseEvent(type, said));
  };
  over.addEventListener("pointerdown", as("mousemove"));
  over.addEventListener("pointerdown", as("mousedown"));
  over.addEventListener("pointermove", as("mousemove"));
  over.addEventListener("pointerup", as("mouseup"));
  over.addEventListener("pointercancel", as("mouseup"));
  // It scrolls the page and points at nothing: what is told is the newest again.
  over.addEventListener("pointercancel", as("mouseleave"));
}
