/** Log entries as they are listed: newest first, and no more than can be looked at. Pure. */

import type { LogLine } from "./answers.ts";

export const LEVELS: readonly LogLine["level"][] = [
  "critical",
  "error",
  "warning",
  "info",
  "debug",
  "unknown",
];

/** What is asked for, in the words of the API. */
export interface LogFilter {
  service: string;
  levels: readonly LogLine["level"][];
  text: string;
}

/** So many entries are kept in the page; the oldest go first. */
export const MOST_LINES = 1_000;

/** Return a filter as the parameters of an address; empty ones are left out. */
export function parameters({ service, levels, text }: LogFilter): Record<string, string> {
  const found: Record<string, string> = {};
  if (service !== "") found["service"] = service;
  if (levels.length > 0) found["level"] = levels.join(",");
  if (text !== "") found["text"] = text;
  return found;
}

/** Return entries with those that came since, which are in the order in which they came. */
export function withNews(
  lines: readonly LogLine[],
  came: readonly LogLine[],
  most = MOST_LINES,
): LogLine[] {
  const known = new Set(lines.map(({ id }) => id));
  const fresh = came.filter(({ id }) => !known.has(id)).reverse();
  return [...fresh, ...lines].slice(0, most);
}

/** Return entries with older ones. */
export function withOlder(lines: readonly LogLine[], older: readonly LogLine[]): LogLine[] {
  const known = new Set(lines.map(({ id }) => id));
  return [...lines, ...older.filter(({ id }) => !known.has(id))];
}

/** What says when, and how bad: an entry's own columns do. */
const TOLD = new Set(["timestamp", "time", "ts", "asctime", "level", "levelname", "severity"]);
const HEADS = ["event", "message", "msg"];

/** An entry's first line as it is read: of JSON what happened, then the fields; else as it is. */
export function headline(line: string): string {
  const fields = objectOf(line);
  const head = HEADS.find((name) => typeof fields?.[name] === "string");
  if (fields === undefined || head === undefined) return line;
  const rest = Object.entries(fields)
    .filter(([name]) => name !== head && !TOLD.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [fields[head], ...rest].join(" ");
}

function objectOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Read levels from a link; what is no level is left out. */
export const readLevels = (text: string): LogLine["level"][] => {
  const named = new Set(text.split(","));
  return LEVELS.filter((level) => named.has(level));
};

/** A text in the parts that a search found and those between, in turn: between comes first. */
export function parts(text: string, wanted: string): string[] {
  if (wanted === "") return [text];
  // As the engine searches: what is asked for in small letters is found in any.
  const folded = wanted === wanted.toLowerCase();
  const within = folded ? text.toLowerCase() : text;
  const found: string[] = [];
  let from = 0;
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, from)) {
    found.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...found, text.slice(from)];
}
