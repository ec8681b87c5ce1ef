import type { Signal } from "@preact/signals";
import type { NewMatcher } from "../answers.ts";
import { Icon } from "../parts/icon.tsx";
import { OPERATOR_NAMES, OPERATORS, type Operator } from "../silence.ts";

/** Conditions on labels, each of which must hold. */
export function MatcherFields({ of }: { of: Signal<NewMatcher[]> }) {
  const change = (place: number, part: Partial<NewMatcher>): void => {
    of.value = of.value.map((one, at) => (at === place ? { ...one, ...part } : one));
  };
  return (
    <fieldset class="matchers">
      <legend>Alerts of which every one of these holds</legend>
      {of.value.map((matcher, place) => (
        <Row
          key={place}
          number={place + 1}
          matcher={matcher}
          onChange={(part) => change(place, part)}
          onRemove={() => void (of.value = of.value.filter((_, at) => at !== place))}
        />
      ))}
      <button
        type="button"
        class="button"
        onClick={() => void (of.value = [...of.value, { name: "", op: "=", value: "" }])}
      >
        Add a condition
      </button>
    </fieldset>
  );
}

interface RowProps {
  number: number;
  matcher: NewMatcher;
  onChange: (part: Partial<NewMatcher>) => void;
  onRemove: () => void;
}

const Row = ({ number, matcher, onChange, onRemove }: RowProps) => (
  <div class="matcher">
    <input
      class="field"
      aria-label={`Label ${number}`}
      placeholder="label"
      required
      maxLength={128}
      value={matcher.name}
      onInput={(event) => onChange({ name: event.currentTarget.value })}
    />
    <select
      class="choice"
      aria-label={`How label ${number} compares`}
      value={matcher.op}
      onChange={(event) => onChange({ op: event.currentTarget.value as Operator })}
    >
      {OPERATORS.map((operator) => (
        <option key={operator} value={operator}>
          {OPERATOR_NAMES[operator]}
        </option>
      ))}
    </select>
    <input
      class="field"
      aria-label={`Value of label ${number}`}
      placeholder="value"
      maxLength={1024}
      value={matcher.value}
      onInput={(event) => onChange({ value: event.currentTarget.value })}
    />
    <button
      type="button"
      class="button icon"
      aria-label={`Remove condition ${number}`}
      onClick={onRemove}
    >
      <Icon name="close" size={16} />
    </button>
  </div>
);
