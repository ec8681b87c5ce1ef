/** Figures of orders and executions, as they are shown. Pure. */

import type { ExecutionAnswer, FlowRow, PeriodRow } from "./answers.ts";
import { decimal } from "./format.ts";
import type { Tone } from "./parts/figure.tsx";
import { ranked } from "./ranked.ts";

export const PERIODS = ["window", "day"] as const;
export type Period = (typeof PERIODS)[number];

export const HORIZONS = ["1s", "10s", "60s"] as const;

/** Ratios of prices in basis points, with their sign: +1.25. */
export function points(ratio: number | null | undefined, decimals = 2): string | null {
  if (ratio === null || ratio === undefined) return null;
  const text = decimal(ratio * 1e4, decimals);
  return ratio > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Slippage above zero cost us: the other way round than a gain. */
export const costTone = (ratio: number | null): Tone =>
  ratio === null || ratio === 0 ? "" : ratio > 0 ? "neg" : "pos";

export const flowName = ({ account, strategy, venue }: FlowRow): string =>
  [account, strategy, venue].join(" · ");

export const wholeOf = (answer: ExecutionAnswer, period: Period): PeriodRow =>
  period === "day" ? answer.whole_day : answer.whole_window;

/** At how many venues orders are open. */
export const venuesOfOpen = (flows: readonly FlowRow[]): number =>
  new Set(flows.filter(({ open }) => open > 0).map(({ venue }) => venue)).size;

/** How often each reason was given, the most frequent first. */
export function rejectsOf(flows: readonly FlowRow[]): { name: string; count: number }[] {
  const counts: Record<string, number> = {};
  for (const { rejects } of flows)
    for (const [name, count] of Object.entries(rejects)) counts[name] = (counts[name] ?? 0) + count;
  return ranked(counts);
}

/** Fills by slippage: the edges of a bucket as ratios, null where it is open, and its count. */
export interface Bucket {
  from: number | null;
  to: number | null;
  count: number;
}

export function slippageOf(edges: readonly number[], flows: readonly FlowRow[]): Bucket[] {
  return [...edges, null].map((to, place) => ({
    from: edges[place - 1] ?? null,
    to,
    count: flows.reduce((sum, flow) => sum + (flow.slippage_counts[place] ?? 0), 0),
  }));
}
