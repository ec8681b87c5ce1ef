/** What a silence is made of, before the engine has it. Pure. */

import type { Labels } from "./alert.ts";
import type { NewMatcher } from "./answers.ts";

export type Operator = NewMatcher["op"];

export const OPERATORS: readonly Operator[] = ["=", "!=", "=~", "!~"];

export const OPERATOR_NAMES: Record<Operator, string> = {
  "=": "is",
  "!=": "is not",
  "=~": "matches",
  "!~": "does not match",
};

/** The severity follows from the alert, and may change with it. */
const LEFT_OUT = new Set(["severity"]);

/** The matchers that fit an alert and nothing else. */
export const matchersOf = (labels: Labels): NewMatcher[] =>
  Object.entries(labels)
    .filter(([name]) => !LEFT_OUT.has(name))
    .sort(([one], [other]) => Number(other === "alertname") - Number(one === "alertname"))
    .map(([name, value]) => ({ name, op: "=", value }));

/** Whether all matchers fit some labels; null where a pattern can't be read here. */
export function fits(matchers: readonly NewMatcher[], labels: Labels): boolean | null {
  const found = matchers.map((matcher) => fitsOne(matcher, labels[matcher.name] ?? ""));
  return found.includes(false) ? false : found.includes(null) ? null : true;
}

function fitsOne({ op, value }: NewMatcher, label: string): boolean | null {
  if (op === "=") return label === value;
  if (op === "!=") return label !== value;
  try {
    // A pattern matches the whole value, as the engine takes it.
    return new RegExp(`^(?:${value})$`, "su").test(label) === (op === "=~");
  } catch {
    return null;
  }
}

/** As it is written: breaker="rejects". */
export const matcherText = ({ name, op, value }: NewMatcher): string => `${name}${op}"${value}"`;

export const UNITS = { min: 60, h: 3_600, d: 86_400 };
export type Unit = keyof typeof UNITS;

/** The longest silence that the engine takes: a forgotten one must end some day. */
export const LONGEST_S = 30 * UNITS.d;

/** How long a silence is to last, in seconds; null where that is no time it could last. */
export function durationOf(amount: string, unit: Unit): number | null {
  const seconds = Number(amount.replace(",", ".")) * UNITS[unit];
  return seconds >= 1 && seconds <= LONGEST_S ? seconds : null;
}
