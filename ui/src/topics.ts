/** The topics that a page may follow, and what each answers. */

import type * as answers from "./answers.ts";

export interface Topics {
  alerts: answers.AlertsAnswer;
  anomalies: answers.AnomaliesAnswer;
  breakers: answers.BreakersAnswer;
  drills: answers.DrillsAnswer;
  execution: answers.ExecutionAnswer;
  exposure: answers.ExposureAnswer;
  feeds: answers.FeedsAnswer;
  health: answers.HealthAnswer;
  latency: answers.LatencyAnswer;
  limits: answers.LimitsAnswer;
  log_streams: answers.LogStreamsAnswer;
  orders: answers.OrdersAnswer;
  pnl: answers.PnlAnswer;
  positions: answers.PositionsAnswer;
  reconciliation: answers.ReconciliationAnswer;
  services: answers.ServicesAnswer;
  status: answers.StatusAnswer;
  timeline: answers.NewestAnswer;
  var: answers.VarAnswer;
}

export type TopicName = keyof Topics;
