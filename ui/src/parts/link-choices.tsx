import { param, setParams } from "../route.ts";
import { Choices } from "./choices.tsx";

/** What the link says of `name`: the first option where it says nothing, or nothing of use. */
export function chosen<T extends string>(name: string, options: readonly [T, ...T[]]): T {
  const found = param(name);
  return options.find((option) => option === found) ?? options[0];
}

interface LinkChoicesProps<T extends string> {
  label: string;
  /** Stands in the link. */
  name: string;
  options: readonly [T, ...T[]];
  show?: (option: T) => string;
}

/** One of a few, kept in the link. */
export const LinkChoices = <T extends string>({
  label,
  name,
  options,
  show,
}: LinkChoicesProps<T>) => (
  <Choices
    label={label}
    quiet
    options={options}
    chosen={chosen(name, options)}
    name={show}
    onChoose={(option) => setParams({ [name]: option === options[0] ? "" : option })}
  />
);
