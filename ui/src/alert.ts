/** What an alert says of itself, as it is shown. Pure. */

import type { AlertRow } from "./answers.ts";
import { exact } from "./format.ts";

export type Labels = Record<string, string>;

/** Labels that stand elsewhere already: the name and the severity. */
const SAID = new Set(["alertname", "severity"]);

/** How much of the logs belongs to an alert: before it began, and after. Seconds. */
const BEFORE_S = 120;
const AFTER_S = 300;

export const labelsOf = (labels: Labels): [string, string][] =>
  Object.entries(labels)
    .filter(([name]) => !SAID.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));

/** What can be searched in an alert. */
export const textOf = ({ name, labels, annotations }: AlertRow): string =>
  [name, annotations["summary"] ?? "", ...Object.values(labels)].join(" ");

/** The name of the runbook that an address leads to, which we carry ourselves. */
export const runbookOf = (url: string | undefined): string | undefined =>
  /\/([A-Za-z0-9_-]+)\.md$/.exec(url ?? "")?.[1];

/** The link to what was logged around a time (ns), or from its beginning to its end. */
export function logsAround(began: number, ended: number | null = null): string {
  const from = Math.floor(began / 1e9) - BEFORE_S;
  const to = Math.ceil((ended ?? began) / 1e9) + AFTER_S;
  return `/logs?from=${from}&to=${to}`;
}

/** Whether it is to be looked at: what ended is history. */
export const isOpen = ({ state }: AlertRow): boolean => state !== "resolved";

/** How long after `from` something came, in seconds; null where either isn't known. */
export const after = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(0, to - from) / 1e9;

/** A value of an expression: a float is all that it ever was. What is small is not nothing. */
export function valueText(value: number): string {
  if (Number.isInteger(value)) return exact(String(BigInt(value)));
  const size = Math.abs(value);
  const decimals = size >= 100 ? 2 : Math.max(6, 2 - Math.floor(Math.log10(size)));
  return exact(value.toFixed(Math.min(decimals, 20)).replace(/\.?0+$/, ""));
}
