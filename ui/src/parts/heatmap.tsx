import { effect, useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { count, duration } from "../format.ts";
import { cells, strength, when, type Cells, type Heat, type Scale } from "../heat.ts";
import { zone } from "../settings.ts";
import { scheme } from "../theme.ts";
import { chosen, LinkChoices } from "./link-choices.tsx";

export interface HeatmapProps {
  label: string;
  /** What is counted, such as "orders". */
  unit: string;
  data: ReadonlySignal<Heat>;
  /** Where it begins, in seconds, if not where the first was counted. */
  since?: ReadonlySignal<number | undefined> | undefined;
  /** Told where it begins. */
  onBegin?: ((from: number | undefined) => void) | undefined;
  /** What is said where nothing can be drawn. */
  children: ComponentChildren;
}

/** The least width of a column, in pixels of the page. */
const COLUMN = 5;
const SCALES = ["linear", "log"] as const satisfies readonly Scale[];

/** From nothing to the most, where a page is dark and where it is light. */
const STOPS = {
  dark: ["#0d1321", "#1e3a8a", "#0e7490", "#34d399", "#fde047", "#fffff0"],
  light: ["#f8fafc", "#bae6fd", "#38bdf8", "#2563eb", "#5b21b6", "#2e1065"],
};

/** How counts are drawn, on every heatmap of the page. */
export const ScaleChoices = () => (
  <LinkChoices label="Colour scale" name="scale" options={SCALES} />
);

/** How many took how long, over time: the more, the stronger. */
export function Heatmap({ label, unit, data, since, onBegin, children }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useSignal<Cells | null>(null);
  const pointed = useSignal<{ left: number; top: number; text: string } | null>(null);
  useEffect(() => {
    const place = canvas.current as HTMLCanvasElement;
    const draw = (): void => {
      // Read before all else: an effect that reads nothing is not called again.
      const [heat, from] = [data.value, since?.value];
      const [scale, stops] = [chosen("scale", SCALES), STOPS[scheme.value]];
      if (document.hidden) return;
      const found = cells(heat, Math.floor(place.clientWidth / COLUMN), from);
      shown.value = found;
      onBegin?.(found?.from);
      paint(place, found, scale, stops);
    };
    const end = effect(draw);
    // What came meanwhile was not drawn.
    document.addEventListener("visibilitychange", draw);
    const watch = new ResizeObserver(draw);
    watch.observe(place);
    return () => {
      end();
      document.removeEventListener("visibilitychange", draw);
      watch.disconnect();
    };
  }, [data]);
  const point = (event: PointerEvent): void => {
    const found = shown.peek();
    if (found === null) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const text = tell(found, data.peek(), unit, x, y);
    // It stands beside the pointer, at the side that has the room.
    const left = x > 0.5 ? event.clientX - box.left - 190 : event.clientX - box.left + 12;
    pointed.value = { left, top: event.clientY - box.top - 30, text };
  };
  return (
    <>
      <div class="heat">
        <Rows cells={shown.value} edges={data.value.edges_s} />
        <div
          class="picture"
          onPointerDown={point}
          onPointerMove={point}
          onPointerLeave={({ pointerType }) => pointerType === "mouse" && (pointed.value = null)}
        >
          <canvas ref={canvas} role="img" aria-label={label} />
          {pointed.value !== null && (
            <div
              class="tip"
              style={{ transform: `translate(${pointed.value.left}px, ${pointed.value.top}px)` }}
            >
              {pointed.value.text}
            </div>
          )}
          {shown.value === null && children}
        </div>
        <Columns cells={shown.value} />
      </div>
      <div class="key">
        <small>0</small>
        <i class="ramp" aria-hidden="true" />
        <small>{`${count(shown.value?.most ?? 0)} ${unit}`}</small>
      </div>
    </>
  );
}

function tell(found: Cells, heat: Heat, unit: string, x: number, y: number): string {
  const column = Math.min(found.columns - 1, Math.max(0, Math.floor(x * found.columns)));
  const row = Math.min(found.rows - 1, Math.max(0, Math.floor((1 - y) * found.rows)));
  const bucket = found.lowest + row;
  const [below, above] = [heat.edges_s[bucket - 1], heat.edges_s[bucket]].map((edge) =>
    edge === undefined ? "" : duration(edge * 1e9),
  );
  const span =
    above === "" ? `over ${below}` : below === "" ? `up to ${above}` : `${below} to ${above}`;
  return `${when(found, column)} · ${span} · ${count(found.counts[column * found.rows + row] ?? 0)} ${unit}`;
}

/** The edges of buckets at the left, as many as can be read; of another scale they are others. */
function Rows({ cells, edges }: { cells: Cells | null; edges: Heat["edges_s"] }) {
  if (cells === null) return <div class="rows" />;
  const each = Math.ceil(cells.rows / 8);
  const rows = Array.from({ length: cells.rows }, (_, row) => row).filter(
    (row) => row % each === 0,
  );
  return (
    <div class="rows" aria-hidden="true">
      {rows.map((row) => {
        const edge = edges[cells.lowest + row];
        if (edge === undefined) return null;
        return (
          <span
            key={`${edge}/${cells.rows}`}
            style={{ bottom: `${((row + 1) / cells.rows) * 100}%` }}
          >
            {duration(edge * 1e9)}
          </span>
        );
      })}
    </div>
  );
}

function Columns({ cells }: { cells: Cells | null }) {
  // Read, so that a change of zone draws this again.
  void zone.value;
  if (cells === null) return <div class="columns" />;
  return (
    <div class="columns" aria-hidden="true">
      {[0, 0.5, 1].map((part) => (
        <span key={part}>{when(cells, part * cells.columns)}</span>
      ))}
    </div>
  );
}

function paint(
  place: HTMLCanvasElement,
  found: Cells | null,
  scale: Scale,
  stops: readonly string[],
): void {
  const context = place.getContext("2d");
  if (context === null) return;
  const [width, height] = [
    place.clientWidth * devicePixelRatio,
    place.clientHeight * devicePixelRatio,
  ].map(Math.round) as [number, number];
  if (place.width !== width || place.height !== height)
    [place.width, place.height] = [width, height];
  context.fillStyle = stops[0] ?? "#000";
  context.fillRect(0, 0, width, height);
  if (found === null) return;
  const ramp = colours(stops);
  for (let column = 0; column < found.columns; column++) {
    const left = Math.round((column * width) / found.columns);
    const right = Math.round(((column + 1) * width) / found.columns);
    for (let row = 0; row < found.rows; row++) {
      const much = strength(found.counts[column * found.rows + row] ?? 0, found.most, scale);
      if (much === 0) continue;
      const top = Math.round(((found.rows - 1 - row) * height) / found.rows);
      const bottom = Math.round(((found.rows - row) * height) / found.rows);
      context.fillStyle = ramp[Math.round(much * (ramp.length - 1))] ?? "";
      context.fillRect(left, top, right - left, bottom - top);
    }
  }
}

/** 64 colours from the first stop to the last. */
function colours(stops: readonly string[]): string[] {
  const channels = stops.map((stop) =>
    [1, 3, 5].map((start) => parseInt(stop.slice(start, start + 2), 16)),
  );
  return Array.from({ length: 64 }, (_, place) => {
    const at = (place / 63) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const mixed = [0, 1, 2].map((channel) => {
      const [from, to] = [channels[low]?.[channel] ?? 0, channels[low + 1]?.[channel] ?? 0];
      return Math.round(from + (to - from) * (at - low));
    });
    return `rgb(${mixed.join()})`;
  });
}
