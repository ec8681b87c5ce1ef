import { series } from "../theme.ts";
import type { ReadonlySignal } from "@preact/signals";
import type { ChartState, Lines } from "./chart.tsx";
import { Figure, toneOf } from "./figure.tsx";

interface LegendProps {
  label: string;
  data: ReadonlySignal<Lines>;
  state: ChartState;
  /** Writes a line's figure. */
  format: (value: number) => string;
  /** The newest figure as exact text; null: it can't be known; undefined: it is the line's own. */
  newest?: (name: string) => string | null | undefined;
  onToggle: (name: string) => void;
}

/** The lines of a chart, each in its place, with their figures: where it is pointed at, else the newest. */
export function Legend({ label, data, state, format, newest, onToggle }: LegendProps) {
  const { times, lines } = data.value;
  const pointed = state.at.value;
  const at = pointed ?? times.length - 1;
  const figures = lines.map(({ name, values }, place) => {
    const value = values[at] ?? null;
    const own = value === null ? null : format(value);
    const exact = pointed === null ? newest?.(name) : undefined;
    return { name, place, text: exact === undefined ? own : exact };
  });
  return (
    <ul class="legend" aria-label={label}>
      {figures.map(({ name, place, text }) => (
        <Entry
          key={name}
          name={name}
          place={place}
          text={text}
          focus={state.focus.value === place}
          shown={!state.hidden.value.has(name)}
          onToggle={onToggle}
        />
      ))}
    </ul>
  );
}

interface EntryProps {
  name: string;
  place: number;
  text: string | null;
  focus: boolean;
  shown: boolean;
  onToggle: (name: string) => void;
}

function Entry({ name, place, text, focus, shown, onToggle }: EntryProps) {
  const { name: property, dashed } = series(place);
  return (
    <li>
      <button
        class={focus ? "focus" : ""}
        aria-pressed={shown}
        onClick={() => onToggle(name)}
        title={name}
      >
        <i class={dashed ? "dashed" : ""} style={{ "--c": `var(${property})` }} />
        <Name of={name} />
        <b>
          <Figure text={text} tone={toneOf(text ?? "")} />
        </b>
      </button>
    </li>
  );
}

/** A line's name; what tells it from others of that name stands below. */
export function Name({ of }: { of: string }) {
  const [name, ...more] = of.split(" · ");
  return (
    <span>
      {name}
      {more.length > 0 && <small>{more.join(" · ")}</small>}
    </span>
  );
}
