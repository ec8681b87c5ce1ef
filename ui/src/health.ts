/** Feeds as they are judged, and figures of the monitor itself. Pure. */

import type { ChannelRow, LogStreamRow, ServiceRow, SessionRow, StreamRow } from "./answers.ts";
import type { ChipTone } from "./parts/chip.tsx";
import type { IconName } from "./parts/icon.tsx";

/** How a state looks; its word is the state itself. */
export interface Look {
  tone: ChipTone;
  icon: IconName;
}

const GOOD: Look = { tone: "good", icon: "dot" };
const BAD: Look = { tone: "bad", icon: "cross" };
const WARN: Look = { tone: "warn", icon: "warning" };
const PLAIN: Look = { tone: "plain", icon: "ring" };

export const SERVICE_LOOKS: Record<ServiceRow["state"], Look> = {
  up: GOOD,
  late: WARN,
  down: BAD,
  stopped: PLAIN,
};

export const SESSION_LOOKS: Record<SessionRow["state"], Look> = {
  logged_on: GOOD,
  connecting: WARN,
  logged_out: PLAIN,
  disconnected: BAD,
  error: BAD,
};

export const LOG_LOOKS: Record<LogStreamRow["state"], Look> = {
  followed: GOOD,
  missing: BAD,
  unreadable: BAD,
  ended: PLAIN,
};

export const VERDICT_LOOKS: Record<StreamRow["verdict"], Look> = {
  flowing: GOOD,
  quiet: GOOD,
  idle: PLAIN,
  away: PLAIN,
  unknown: PLAIN,
  stale: BAD,
  disconnected: BAD,
};

/** The worst first: what is at fault, then what can't be judged, then what flows. */
const ORDER: readonly StreamRow["verdict"][] = [
  "stale",
  "disconnected",
  "unknown",
  "away",
  "idle",
  "quiet",
  "flowing",
];

export const rank = (verdict: StreamRow["verdict"]): number => ORDER.indexOf(verdict);

/** A channel as a whole, or one of its symbols. */
export interface FeedRow {
  channel: ChannelRow;
  stream: StreamRow;
}

export const feedName = ({ channel, stream }: FeedRow): string =>
  [channel.venue, channel.channel, channel.service, stream.symbol].filter(Boolean).join(" · ");

/** The channels, or each of their symbols. */
export const feedRows = (channels: readonly ChannelRow[], bySymbol: boolean): FeedRow[] =>
  channels.flatMap((channel) =>
    bySymbol
      ? channel.symbols.map((stream) => ({ channel, stream }))
      : [{ channel, stream: channel.whole }],
  );

/** How many channels have told too little to be called stale or flowing. */
export const unjudged = (channels: readonly ChannelRow[]): number =>
  channels.filter(({ whole }) => whole.verdict === "unknown").length;

/** How far a silence is on the way to being stale: 1 is stale; null where that can't be told. */
export const silenceRatio = ({ staleness_s, stale_after_s }: StreamRow): number | null =>
  staleness_s === null || stale_after_s === null || stale_after_s === 0
    ? null
    : staleness_s / stale_after_s;

/** Where on that way the longest silence is that is usual. */
export const usualRatio = ({ expected_gap_s, stale_after_s }: StreamRow): number | null =>
  expected_gap_s === null || stale_after_s === null || stale_after_s === 0
    ? null
    : Math.min(1, expected_gap_s / stale_after_s);
