/** What `/api/v1/timeline` answers. */

import type { Nanoseconds } from "./answers.ts";

export interface TimelineAnswer {
  as_of: Nanoseconds;
  step_s: number;
  times: Array<number>;
  series: Array<TimelineSeries>;
  left_out?: number;
}

export interface TimelineSeries {
  account: string;
  strategy: string;
  currency: string;
  drawn: "change" | "drawdown" | "gross" | "net" | "pnl";
  values: Array<number | null>;
}

export interface LatencyTimelineAnswer {
  as_of: Nanoseconds;
  step_s: number;
  operation:
    | "ack_to_fill"
    | "api_request"
    | "cancel_ack"
    | "feed_delay"
    | "order_ack"
    | "processing"
    | "tick_to_order";
  venue: string | null;
  times: Array<number>;
  edges_s: Array<number>;
  counts: Array<Array<number> | null>;
}

export interface NewestAnswer {
  as_of: Nanoseconds;
  time: number;
  step_s: number;
  points: Array<NewestPoint>;
  operation:
    | "ack_to_fill"
    | "api_request"
    | "cancel_ack"
    | "feed_delay"
    | "order_ack"
    | "processing"
    | "tick_to_order";
  edges_s: Array<number>;
  counts: Array<number>;
}

export interface NewestPoint {
  account: string;
  strategy: string;
  currency: string;
  pnl: number | null;
  drawdown: number | null;
}
