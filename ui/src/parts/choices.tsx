import { useId } from "preact/hooks";

interface ChoicesProps<T extends string> {
  label: string;
  /** Whether the label is only read aloud. */
  quiet?: boolean;
  options: readonly T[];
  chosen: T;
  /** How an option is called; by its value unless this says so. */
  name?: (option: T) => string;
  onChoose: (option: T) => void;
}

/** One of a few, all in sight. */
export function Choices<T extends string>({
  label,
  quiet,
  options,
  chosen,
  name,
  onChoose,
}: ChoicesProps<T>) {
  const group = useId();
  return (
    <fieldset class="choices">
      <legend class={quiet === true ? "aloud" : ""}>{label}</legend>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={group}
            checked={option === chosen}
            onChange={() => onChoose(option)}
          />
          <span>{name?.(option) ?? option}</span>
        </label>
      ))}
    </fieldset>
  );
}
