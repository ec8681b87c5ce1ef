/** How what was drawn over time grows by the newest second, without asking for all of it again. Pure. */

import type {
  LatencyTimelineAnswer,
  NewestAnswer,
  NewestPoint,
  TimelineAnswer,
  TimelineSeries,
} from "./answers.ts";

/**
 * Return the answer with the newest second in it, over the last `length` seconds; null where some of
 * it is missing in between, or it shows what the newest does not tell: then it has to be asked for.
 */
export type Grow<T> = (answer: T, newest: NewestAnswer, length: number) => T | null;

interface Stepped {
  times: number[];
  step_s: number;
}

type Place = "old" | "gap" | "same" | "next";

/** The end of a step may be among so many seconds that a busy engine did not tell. */
const MISSED_S = 4;

/** Where the newest second goes: into the step that is not over yet, or into one of its own. */
function placeOf({ times, step_s }: Stepped, time: number): Place {
  const last = times.at(-1);
  if (last === undefined) return "gap";
  if (time <= last) return "old";
  const ended = Math.floor((time - 1) / step_s) * step_s;
  if (ended > last && time - last > MISSED_S) return "gap";
  return Math.ceil(last / step_s) === Math.ceil(time / step_s) ? "same" : "next";
}

/** How many times at the beginning are before the last `length` seconds. */
function before(times: readonly number[], time: number, length: number): number {
  const first = times.findIndex((one) => one > time - length);
  return first < 0 ? times.length : first;
}

/** Of what the newest second tells of strategies; what an hour or a day earned is none of it. */
export const growLines: Grow<TimelineAnswer> = (answer, newest, length) => {
  const place = placeOf(answer, newest.time);
  if (place === "old") return answer;
  if (place === "gap" || ((answer.left_out ?? 0) === 0 && isNew(answer, newest))) return null;
  const past = before(answer.times, newest.time, length);
  const keep = <V>(values: V[], value: V): V[] => [
    ...values.slice(past, place === "same" ? -1 : undefined),
    value,
  ];
  const points = new Map(newest.points.map((point) => [whose(point), point]));
  return {
    ...answer,
    times: keep(answer.times, newest.time),
    series: answer.series.map((one) => ({
      ...one,
      values: keep(one.values, figureOf(points.get(whose(one)), one.drawn)),
    })),
  };
};

function figureOf(point: NewestPoint | undefined, drawn: TimelineSeries["drawn"]): number | null {
  return point === undefined || drawn === "change" ? null : point[drawn];
}

/** A line: of an account that reports in another currency by now, what it was in the one before is another. */
const whose = (one: Pick<NewestPoint, "account" | "strategy" | "currency">): string =>
  [one.account, one.strategy, one.currency].join("\n");

/** Whether a strategy is told of that is not drawn yet. */
function isNew(answer: TimelineAnswer, newest: NewestAnswer): boolean {
  const drawn = new Set(answer.series.map(whose));
  return newest.points.some((point) => !drawn.has(whose(point)));
}

/** Of the answer's operation at its venue, or at all of them. What is counted needs each second. */
export const growLatency: Grow<LatencyTimelineAnswer> = (answer, newest, length) => {
  const place = placeOf(answer, newest.time);
  if (place === "old") return answer;
  if (place === "gap" || newest.time > (answer.times.at(-1) ?? 0) + newest.step_s) return null;
  const past = before(answer.times, newest.time, length);
  const end = place === "same" ? -1 : undefined;
  const open = place === "same" ? answer.counts.at(-1) : undefined;
  const column = newest.latencies
    .filter(({ operation }) => operation === answer.operation)
    .filter(({ venue }) => answer.venue === null || venue === answer.venue)
    .reduce(
      (sums, { counts }) => sums.map((sum, bucket) => sum + (counts[bucket] ?? 0)),
      open ?? Array<number>(answer.edges_s.length + 1).fill(0),
    );
  return {
    ...answer,
    times: [...answer.times.slice(past, end), newest.time],
    counts: [...answer.counts.slice(past, end), column],
  };
};
