import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { axis, clock } from "../format.ts";
import { zone } from "../settings.ts";
import { series } from "../theme.ts";
import type { Lines } from "./chart.tsx";

interface BarsProps {
  label: string;
  /** Each line's value stands in one bar for each time: above zero and below are stacked apart. */
  data: Lines;
  /** Whether the values of one time add up. */
  sums: boolean;
  format: (value: number) => string;
}

const HEIGHT = 260;
/** Room for the figures at the left and the times below. */
const LEFT = 58;
const BELOW = 22;
/** The room that a time below takes. */
const TIME = 70;

interface Part {
  place: number;
  from: number;
  to: number;
}

/** Stacked bars over time, with a mark at each bar's sum; a bar that is pointed at is told in figures. */
export function Bars({ label, data, sums, format }: BarsProps) {
  const pointed = useSignal<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { times, lines } = data;
  // Read, so that a change of zone draws this again.
  void zone.value;
  const bars = times.map((_, at) => stack(lines.map(({ values }) => values[at] ?? null)));
  const step = niceStep(
    Math.max(
      1e-9,
      ...bars.flatMap(({ parts }) =>
        parts.flatMap(({ from, to }) => [Math.abs(from), Math.abs(to)]),
      ),
    ),
  );
  const top =
    Math.ceil(Math.max(0, ...bars.flatMap(({ parts }) => parts.map(({ to }) => to))) / step) * step;
  const bottom =
    Math.floor(Math.min(0, ...bars.flatMap(({ parts }) => parts.map(({ to }) => to))) / step) *
    step;
  const y = (value: number): number =>
    ((top - value) / Math.max(step, top - bottom)) * (HEIGHT - BELOW - 8) + 8;
  const each = (width - LEFT) / Math.max(1, times.length);
  const ticks = Array.from(
    { length: Math.round((top - bottom) / step) + 1 },
    (_, tick) => bottom + tick * step,
  );
  const every = Math.ceil((times.length * TIME) / (width - LEFT));
  return (
    <div class="bars" ref={box} onPointerLeave={() => void (pointed.value = null)}>
      <svg width={width} height={HEIGHT} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              class={tick === 0 ? "zero" : "tick"}
              x1={LEFT}
              x2={width}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {bars.map(({ parts, sum }, at) => (
          <g key={times[at]} onPointerEnter={() => void (pointed.value = at)}>
            <rect class="ground" x={LEFT + at * each} y={0} width={each} height={HEIGHT - BELOW} />
            {parts.map(({ place, from, to }) => (
              <rect
                key={place}
                x={LEFT + (at + 0.12) * each}
                width={each * 0.76}
                y={Math.min(y(from), y(to))}
                height={Math.abs(y(from) - y(to))}
                style={{
                  fill: `var(${series(place).name})`,
                  opacity: series(place).dashed ? 0.55 : 1,
                }}
              />
            ))}
            {sums && sum !== null && (
              <line
                class="sum"
                x1={LEFT + (at + 0.04) * each}
                x2={LEFT + (at + 0.96) * each}
                y1={y(sum)}
                y2={y(sum)}
              />
            )}
            {at % every === 0 && (
              <text x={LEFT + (at + 0.5) * each} y={HEIGHT - 5} text-anchor="middle">
                {clock(times[at] ?? 0).time.slice(0, 5)}
              </text>
            )}
          </g>
        ))}
      </svg>
      {pointed.value !== null && (
        <Told at={pointed.value} data={data} left={(LEFT + (pointed.value + 0.5) * each) / width} />
      )}
    </div>
  );
}

/** The width of an element in pixels, as it changes. */
function useWidth(box: RefObject<HTMLDivElement | null>): number {
  const width = useSignal(600);
  useLayoutEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const measure = (): void => void (width.value = place.clientWidth);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(place);
    return () => watch.disconnect();
  }, []);
  return width.value;
}

/** Put values upon each other, gains from zero up and losses down. sum: null where one is not known. */
function stack(values: (number | null)[]): { parts: Part[]; sum: number | null } {
  let [up, down] = [0, 0];
  const parts = values.flatMap((value, place) => {
    if (value === null || value === 0) return [];
    const from = value > 0 ? up : down;
    if (value > 0) up += value;
    else down += value;
    return [{ place, from, to: from + value }];
  });
  return { parts, sum: values.includes(null) ? null : up + down };
}

/** A step of 1, 2 or 5 times a power of ten, so that there are some five of them up to `most`. */
function niceStep(most: number): number {
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}

function Told({ at, data, left }: { at: number; data: Lines; left: number }) {
  const time = clock(data.times[at] ?? 0);
  return (
    <div class={left > 0.6 ? "tip before" : "tip"} style={{ left: `${left * 100}%` }}>
      <b>
        {time.date} {time.time.slice(0, 5)}
      </b>
      {data.lines.map(({ name, values }) => (
        <div key={name}>
          <span>{name}</span>{" "}
          <span>
            {values[at] === null || values[at] === undefined ? "not known" : axis(values[at], "")}
          </span>
        </div>
      ))}
    </div>
  );
}
