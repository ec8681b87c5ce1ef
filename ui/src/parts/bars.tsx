import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { besides, niceStep, stack } from "../bars.ts";
import { axis, clock, digits, gain } from "../format.ts";
import { zone } from "../settings.ts";
import { series } from "../theme.ts";
import type { Lines } from "./chart.tsx";

interface BarsProps {
  label: string;
  data: Lines;
  /** Whether the values of one time add up: they stand upon each other then, else side by side. */
  sums: boolean;
  /** Empty where there are several. */
  currency: string;
}

const HEIGHT = 260;
/** Room for the figures at the left and the times below. */
const LEFT = 58;
const BELOW = 22;
/** The room that a time below takes. */
const TIME = 70;

/** Bars over time, with a mark at the sum of each that has one; a bar that is pointed at is told in figures. */
export function Bars({ label, data, sums, currency }: BarsProps) {
  const pointed = useSignal<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { times, lines } = data;
  // Read, so that a change of zone draws this again.
  void zone.value;
  const put = sums ? stack : besides;
  const bars = times.map((_, at) => put(lines.map(({ values }) => values[at] ?? null)));
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
    <div
      class="bars"
      ref={box}
      onPointerLeave={({ pointerType }) => pointerType === "mouse" && (pointed.value = null)}
    >
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
              {axis(tick, currency, step)}
            </text>
          </g>
        ))}
        {bars.map(({ parts, sum }, at) => (
          <g key={times[at]} onPointerEnter={() => void (pointed.value = at)}>
            <rect class="ground" x={LEFT + at * each} y={0} width={each} height={HEIGHT - BELOW} />
            {parts.map(({ place, from, to, left, wide }) => (
              <rect
                key={place}
                x={LEFT + (at + 0.12 + 0.76 * left) * each}
                width={each * 0.76 * wide}
                y={Math.min(y(from), y(to))}
                height={Math.abs(y(from) - y(to))}
                style={{
                  fill: `var(${series(place).name})`,
                  opacity: series(place).dashed ? 0.55 : 1,
                }}
              />
            ))}
            {sum !== null && (
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
        <Told
          at={pointed.value}
          data={data}
          currency={currency}
          left={(LEFT + (pointed.value + 0.5) * each) / width}
        />
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

interface ToldProps extends Pick<BarsProps, "data" | "currency"> {
  at: number;
  left: number;
}

function Told({ at, data, currency, left }: ToldProps) {
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
            {values[at] === null || values[at] === undefined
              ? "not known"
              : gain(digits(values[at]), currency)}
          </span>
        </div>
      ))}
    </div>
  );
}
