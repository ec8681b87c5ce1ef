import { share } from "../format.ts";

interface MeterProps {
  label: string;
  /** Of the limit; 1 is all of it. null: it can't be known. */
  ratio: number | null;
  /** Where it is marked, such as 0.7 and 0.9. */
  marks?: readonly number[];
}

/** How much of a limit is used; the state's colour comes from the class of what it stands in. */
export function Meter({ label, ratio, marks = [] }: MeterProps) {
  const filled = Math.min(1, Math.max(0, ratio ?? 0));
  return (
    <div
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(filled * 100)}
      aria-valuetext={ratio === null ? "not known" : share(ratio)}
    >
      <i style={{ width: `${filled * 100}%` }} />
      {marks.map((mark) => (
        <i class="mark" key={mark} style={{ left: `${mark * 100}%` }} />
      ))}
    </div>
  );
}
