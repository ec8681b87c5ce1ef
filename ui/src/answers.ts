// Made from the structs of src/deskwatch/web/answers by `python -m tests.documentation`: change those.

/** An exact decimal number as text. */
export type Amount = string;

/** Since 1970 UTC; a number in JavaScript holds it to the microsecond. */
export type Nanoseconds = number;

export interface AccountPnl {
  account: string;
  currency: string;
  realized: Amount | null;
  unrealized: Amount | null;
  fees: Amount | null;
  funding: Amount | null;
  net: Amount | null;
  hour: Amount | null;
  day: Amount | null;
  equity: Amount | null;
  drawdown: Amount | null;
  drawdown_ratio: number | null;
  unpriced: "fx_stale" | "mark_stale" | "no_fx" | "no_mark" | "no_opening_mark" | null;
}

export interface Acknowledge {
  fingerprints?: Array<string>;
  group_keys?: Array<string>;
  author?: string;
}

export interface AcknowledgeAnswer {
  acknowledged: Array<string>;
  not_open: Array<string>;
}

export interface AcknowledgedBy {
  by: string;
  at: Nanoseconds;
}

export interface AlertHistoryAnswer {
  episodes: Array<EpisodeRow>;
  deeds: Array<DeedRow>;
}

export interface AlertRow {
  name: string;
  state: "firing" | "pending" | "resolved";
  severity: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  value: number | null;
  active_at: Nanoseconds;
  fired_at: Nanoseconds | null;
  resolved_at: Nanoseconds | null;
  event_time: Nanoseconds | null;
  silenced_by: Array<string> | null;
  inhibited: boolean | null;
  acknowledged: AcknowledgedBy | null;
  flapping: boolean;
  fingerprint: string;
  group_key: string | null;
  generator: string;
}

export interface AlertsAnswer {
  as_of: Nanoseconds;
  alerts: Array<AlertRow>;
  rules: RulesStatus;
  channels: Array<ChannelStatus>;
}

export interface AnomaliesAnswer {
  as_of: Nanoseconds;
  interval_s: number;
  score_threshold: number;
  shift_threshold: number;
  frozen_max_s: number;
  rows: Array<AnomalyRow>;
}

export interface AnomalyRow {
  account: string;
  strategy: string;
  currency: string;
  at: Nanoseconds;
  change: Amount | null;
  score: number | null;
  basis: "all_hours" | "hour_of_day" | "hour_of_week" | null;
  shift: number | null;
  unknown: "no_deviation" | "unpriced" | "warming_up" | null;
  needed: number;
  samples: number;
  frozen_s: number;
}

export interface AuditAnswer {
  deeds: Array<DeedRow>;
}

export interface BacktestRow {
  method: "cornish_fisher" | "ewma" | "historical" | "monte_carlo";
  confidence: number;
  observations: number;
  exceptions: number;
  expected: number;
  kupiec: number;
  independence: number | null;
  conditional_coverage: number | null;
  zone: "green" | "red" | "yellow";
}

export interface BreakerRow {
  breaker: string;
  account: string;
  strategy: string;
  state: "closed" | "half_open" | "open";
  since: Nanoseconds;
  in_state_s: number;
  nearness: NearnessRow;
  tripped: TripRow | null;
  reset: ResetRow | null;
  trips: Record<string, number>;
  resets: Record<string, number>;
  recent_trips: number;
  flapping: boolean;
}

export interface BreakersAnswer {
  as_of: Nanoseconds;
  open_max_s: number;
  flap_trips: number;
  flap_window_s: number;
  breakers: Array<BreakerRow>;
  kill_switches: Array<KillSwitchRow>;
  dead_man_timers: Array<DeadManRow>;
}

export interface ChannelRow {
  service: string;
  venue: string;
  channel: string;
  stream: "market" | "user";
  whole: StreamRow;
  symbol_counts: Record<string, number>;
  gaps: number;
  missed: number;
  open_gaps: number;
  crossed_books: number;
  owed_s: number | null;
  symbols: Array<StreamRow>;
}

export interface ChannelStatus {
  name: string;
  queue: number;
  oldest_s: number;
  trouble: string | null;
}

export interface ClockRow {
  host: string;
  offset_ns: number | null;
  reference: string;
  age_s: number;
}

export interface DeadManRow {
  timer: string;
  venue: string;
  account: string;
  renewed_at: Nanoseconds;
  renewals: number;
  timeout_s: number | null;
  left_s: number | null;
}

export interface DeedRow {
  at: Nanoseconds;
  actor: string;
  what: string;
  object: string;
}

export interface Done {
  ok: true;
}

export interface DrillRow {
  drill: string;
  required: boolean;
  status: "failed" | "passed" | "stopped" | null;
  reason: string;
  ended_at: Nanoseconds | null;
  duration_s: number | null;
  last_success: Nanoseconds | null;
  failures: number;
  promised_s: number | null;
  overdue: boolean | null;
  steps: Array<DrillStepRow>;
}

export interface DrillRunAnswer {
  drills: Array<string>;
  running: boolean;
  since: Nanoseconds | null;
  trouble: string;
}

export interface DrillStepRow {
  step: string;
  status: "failed" | "passed" | "stopped";
  reason: string;
  duration_s: number | null;
}

export interface DrillsAnswer {
  as_of: Nanoseconds;
  drills: Array<DrillRow>;
}

export interface EngineHealth {
  loop_delay_s: number | null;
  ingest_lag_s: number | null;
  ingest_backlog_bytes: number;
  memory_bytes: number;
  open_files: number;
  clock_steps: number | null;
  clock_apart_s: number | null;
}

export interface EpisodeRow {
  fingerprint: string;
  group_key: string;
  labels: Record<string, string>;
  summary: string;
  event_time: Nanoseconds | null;
  alert_time: Nanoseconds;
  notify_time: Nanoseconds | null;
  resolved_at: Nanoseconds | null;
}

export interface Error {
  reason: string;
  detail: string;
}

export interface ErrorAnswer {
  error: Error;
}

export interface ErrorRow {
  venue: string;
  status: string;
  count: number;
}

export interface EventCounts {
  total: number;
  per_second: number;
  by_kind: Record<string, number>;
}

export interface ExecutionAnswer {
  as_of: Nanoseconds;
  window_s: number;
  whole_window: PeriodRow;
  whole_day: PeriodRow;
  slippage_edges: Array<number>;
  flows: Array<FlowRow>;
  orders_to_trades: Array<OrdersToTradesRow>;
  over: Array<OverRow>;
  missing_fills: Array<ShortRow>;
}

export interface ExposureAnswer {
  as_of: Nanoseconds;
  accounts: Array<ExposureRow>;
  strategies: Array<ExposureRow>;
  venues: Array<ExposureRow>;
  instruments: Array<ExposureRow>;
  currencies: Array<ExposureRow>;
  leverage: Array<LeverageRow>;
  margins: Array<MarginRow>;
  liquidations: Array<LiquidationRow>;
  missing_rates?: Array<MissingRateRow>;
  not_summed?: Array<string>;
}

export interface ExposureRow {
  account: string;
  strategy?: string;
  venue?: string;
  symbol?: string;
  settle?: string;
  currency: string;
  long: Amount | null;
  short: Amount | null;
  gross: Amount | null;
  net: Amount | null;
  working: Amount | null;
  concentration?: number | null;
  unpriced: "fx_stale" | "mark_stale" | "no_fx" | "no_mark" | "no_opening_mark" | null;
}

export interface FeedsAnswer {
  as_of: Nanoseconds;
  channels: Array<ChannelRow>;
  sessions: Array<SessionRow>;
}

export interface FlowRow {
  account: string;
  strategy: string;
  venue: string;
  open: number;
  unacked: number;
  oldest_unacked_s: number | null;
  statuses: Record<string, number>;
  rejects: Record<string, number>;
  fills: number;
  window: PeriodRow;
  day: PeriodRow;
  filled_over_ordered: number | null;
  slippage: number | null;
  slippage_counts: Array<number>;
}

export interface Health {
  status: "alive" | "ready";
}

export interface HealthAnswer {
  as_of: Nanoseconds;
  engine: EngineHealth;
  host: HostHealth;
  processes: Array<ProcessHealth>;
}

export interface HistoryAnswer {
  rows: Array<HistoryRow>;
}

export interface HistoryRow {
  start: Nanoseconds;
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  currency: string;
  realized: Amount;
  unrealized_change: Amount | null;
  fees: Amount | null;
  funding: Amount | null;
  net: Amount | null;
}

export interface HostHealth {
  cpu_ratio: number | null;
  load_ratio: number;
  memory_available_ratio: number;
  disk_free_bytes: number | null;
  disk_free_ratio: number | null;
}

export interface JournalStatus {
  state: "ok" | "replaying" | "unwritable";
  detail: string;
  segments: number;
  bytes: number;
}

export interface KillSwitchRow {
  scope: string;
  account: string;
  engaged: boolean;
  since: Nanoseconds;
  actor: string;
  cause: string;
  engagements: number;
  releases: Record<string, number>;
}

export interface LatencyAnswer {
  as_of: Nanoseconds;
  routes: Array<RouteRow>;
  refused: Array<RefusedRow>;
  errors: Array<ErrorRow>;
  skews: Array<SkewRow>;
  clocks: Array<ClockRow>;
  clock_preset: string;
  most_offset_ns: number;
}

export interface LatencyTimelineAnswer {
  as_of: Nanoseconds;
  step_s: number;
  operation: "ack_to_fill" | "api_request" | "cancel_ack" | "feed_delay" | "order_ack" | "processing" | "tick_to_order";
  venue: string | null;
  times: Array<number>;
  edges_s: Array<number>;
  counts: Array<Array<number> | null>;
}

export interface LeverageRow {
  account: string;
  leverage: number | null;
}

export interface LimitRow {
  limit: string;
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  currency: string;
  unit: "money" | "quantity" | "rate" | "ratio" | "";
  value: Amount;
  used: Amount | null;
  utilization: number | null;
  state: "breached" | "high" | "near" | "ok" | "unknown";
}

export interface LimitsAnswer {
  as_of: Nanoseconds;
  thresholds: ThresholdsRow;
  limits: Array<LimitRow>;
  missing: Array<MissingRow>;
}

export interface LiquidationRow {
  account: string;
  venue: string;
  symbol: string;
  price: Amount | null;
  distance_ratio: number | null;
  failed: boolean;
  age_s: number;
}

export interface LogBeat {
  now: Nanoseconds;
}

export interface LogLine {
  id: string;
  time: Nanoseconds;
  stream: string;
  service: string;
  level: "critical" | "debug" | "error" | "info" | "unknown" | "warning";
  text: string;
}

export interface LogNews {
  now: Nanoseconds;
  lines: Array<LogLine>;
  skipped: number | null;
}

export interface LogStreamRow {
  stream: string;
  service: string;
  path: string | null;
  state: "ended" | "followed" | "missing" | "unreadable";
  detail: string;
  stored_bytes: number;
  behind_bytes: number | null;
}

export interface LogStreamsAnswer {
  as_of: Nanoseconds;
  streams: Array<LogStreamRow>;
  stored_bytes: number;
  max_bytes: number;
  keep_s: number;
  trouble: string;
}

export interface LogsAnswer {
  as_of: Nanoseconds;
  lines: Array<LogLine>;
  next: string | null;
  complete: boolean;
}

export interface MarginRow {
  account: string;
  venue: string;
  currency: string;
  equity: Amount | null;
  margin_used: Amount | null;
  maintenance_margin: Amount | null;
  margin_used_ratio: number | null;
  maintenance_margin_ratio: number | null;
  failed: boolean;
  age_s: number;
}

export interface MatcherRow {
  name: string;
  op: "!=" | "!~" | "=" | "=~";
  value: string;
}

export interface MissingRateRow {
  account: string;
  strategy: string;
  base: string;
  quote: string;
  reason: "fx_stale" | "no_fx";
}

export interface MissingRow {
  limit: string;
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
}

export interface NearnessRow {
  watches: string;
  used: Amount | null;
  limit: Amount | null;
  ratio: number | null;
  told_at: Nanoseconds | null;
  why: "limit_is_zero" | "limit_not_set" | "not_told" | "use_not_known" | null;
}

export interface NewMatcher {
  name: string;
  op: "!=" | "!~" | "=" | "=~";
  value: string;
}

export interface NewSession {
  name: string;
  password?: string;
}

export interface NewSilence {
  matchers: Array<NewMatcher>;
  duration_s: number;
  author?: string;
  reason?: string;
}

export interface NewestAnswer {
  as_of: Nanoseconds;
  time: number;
  step_s: number;
  points: Array<NewestPoint>;
  latencies: Array<NewestColumn>;
}

export interface NewestColumn {
  operation: "ack_to_fill" | "api_request" | "cancel_ack" | "feed_delay" | "order_ack" | "processing" | "tick_to_order";
  venue: string;
  counts: Array<number>;
}

export interface NewestPoint {
  account: string;
  strategy: string;
  currency: string;
  pnl: number | null;
  drawdown: number | null;
  gross: number | null;
  net: number | null;
}

export interface OncallAnswer {
  contacts: Array<string>;
}

export interface OrderRow {
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  client_order_id: string;
  order_id: string;
  parent_order_id: string;
  side: "buy" | "sell";
  status: "acknowledged" | "canceled" | "expired" | "filled" | "new" | "partially_filled" | "rejected" | "replaced";
  quantity: Amount;
  executed: Amount;
  leaves: Amount;
  price: Amount | null;
  sent: Nanoseconds | null;
  acknowledged: boolean;
  age_s: number;
}

export interface OrdersAnswer {
  as_of: Nanoseconds;
  total: number;
  orders: Array<OrderRow>;
}

export interface OrdersToTradesRow {
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  messages: number;
  trades: number;
  by_number: number | null;
  by_volume: number | null;
}

export interface OverRow {
  account: string;
  strategy: string;
  venue: string;
  symbol: string | null;
  order_id: string;
  executed: Amount;
  ordered: Amount;
}

export interface PeriodRow {
  answered: number;
  ended: number;
  fill_ratio: number | null;
  reject_ratio: number | null;
  cancel_ratio: number | null;
  markouts: Record<string, number | null>;
}

export interface PnlAnswer {
  as_of: Nanoseconds;
  hour_start: Nanoseconds;
  day_start: Nanoseconds;
  strategies: Array<StrategyPnl>;
  accounts: Array<AccountPnl>;
  missing_rates?: Array<MissingRateRow>;
  not_summed?: Array<string>;
}

export interface PositionRow {
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  currency: string;
  method: "average" | "fifo";
  quantity: Amount;
  average_price: Amount | null;
  mark: Amount | null;
  mark_age_s: number | null;
  notional: Amount | null;
  realized: Amount;
  unrealized: Amount | null;
  fees: Record<string, Amount>;
  funding: Record<string, Amount>;
  net: Amount | null;
  hour: Amount | null;
  day: Amount | null;
  unpriced: "fx_stale" | "mark_stale" | "no_fx" | "no_mark" | "no_opening_mark" | null;
}

export interface PositionsAnswer {
  as_of: Nanoseconds;
  positions: Array<PositionRow>;
  missing_rates?: Array<MissingRateRow>;
  at_rest?: number;
}

export interface ProcessHealth {
  process: string;
  running: boolean;
  start_time?: Nanoseconds | null;
  cpu_s?: number | null;
  memory_bytes?: number | null;
  threads?: number | null;
  open_files?: number | null;
}

export interface QuantileRow {
  window: string;
  count: number;
  p50_ns: number | null;
  p90_ns: number | null;
  p99_ns: number | null;
  p999_ns: number | null;
}

export interface ReconciliationAnswer {
  as_of: Nanoseconds;
  grace_s: number;
  max_age_s: number;
  breaks: number;
  unknown: number;
  rows: Array<ReconciliationRow>;
  unreported: Array<UnreportedRow>;
}

export interface ReconciliationRow {
  subject: "balance" | "position";
  account: string;
  venue: string;
  symbol: string;
  standing: "break" | "ok" | "unknown";
  reason: "no_opening" | "open_derivatives" | "overtaken" | "query_failed" | "stale" | "unknown_settlement" | null;
  kind: "balance" | "missing_at_venue" | "missing_in_books" | "quantity" | null;
  ours: Amount;
  said: Amount | null;
  said_time: Nanoseconds | null;
  ours_then: Amount | null;
  apart: Amount | null;
  notional: Amount | null;
  currency: string;
  since: Nanoseconds | null;
  age_s: number | null;
  failures: number;
  error: string;
}

export interface RefusedCounts {
  total: number;
  by_reason: Record<string, number>;
}

export interface RefusedRow {
  operation: string;
  reason: string;
  count: number;
}

export interface ReloadAnswer {
  ok: boolean;
  error?: string;
}

export interface ResetRow {
  time: Nanoseconds;
  actor: string;
}

export interface RouteRow {
  operation: string;
  venue: string;
  request: string;
  transport: string;
  stage: string;
  normal_p99_ns: number | null;
  windows: Array<QuantileRow>;
}

export interface RulesStatus {
  loaded: number;
  ok: boolean;
  error: string;
  unsupported: Array<UnsupportedRule>;
}

export interface RunbookAnswer {
  name: string;
  html: string;
}

export interface ServiceRow {
  service: string;
  host: string;
  state: "down" | "late" | "stopped" | "up";
  last_heartbeat: Nanoseconds;
  age_s: number | null;
  interval_s: number | null;
  uptime_s: number | null;
  restarts: number;
  outages: number;
}

export interface ServicesAnswer {
  as_of: Nanoseconds;
  services: Array<ServiceRow>;
}

export interface SessionAnswer {
  role: "operator" | "viewer" | null;
  name: string;
  csrf: string;
  login_required: boolean;
}

export interface SessionRow {
  venue: string;
  session: string;
  state: "connecting" | "disconnected" | "error" | "logged_on" | "logged_out";
  since: Nanoseconds;
  in_state_s: number;
  reason: string;
  logons: number;
  drops: number;
}

export interface ShortRow {
  account: string;
  strategy: string;
  venue: string;
  symbol: string;
  client_order_id: string;
  order_id: string;
  reported: Amount;
  filled: Amount;
  since: Nanoseconds;
}

export interface SilenceRow {
  id: string;
  matchers: Array<MatcherRow>;
  author: string;
  reason: string;
  created_at: Nanoseconds;
  until: Nanoseconds;
}

export interface SilencesAnswer {
  as_of: Nanoseconds;
  silences: Array<SilenceRow>;
}

export interface SkewRow {
  venue: string;
  skew_ns: number;
}

export interface SourceStatus {
  source: string;
  epoch: number;
  sequence: number;
  missing: number;
}

export interface StatusAnswer {
  version: string;
  now: Nanoseconds;
  started_at: Nanoseconds;
  uptime_s: number;
  ready: boolean;
  reporting_currency: string;
  events: EventCounts;
  refused: RefusedCounts;
  duplicates: number;
  journal: JournalStatus;
  sources: Array<SourceStatus>;
  unpriced_positions: number;
  firing?: Record<string, number> | null;
}

export interface StrategyPnl {
  account: string;
  strategy: string;
  currency: string;
  realized: Amount | null;
  unrealized: Amount | null;
  fees: Amount | null;
  funding: Amount | null;
  net: Amount | null;
  hour: Amount | null;
  day: Amount | null;
  drawdown: Amount | null;
  unpriced: "fx_stale" | "mark_stale" | "no_fx" | "no_mark" | "no_opening_mark" | null;
}

export interface StreamRow {
  symbol: string;
  verdict: "away" | "disconnected" | "flowing" | "idle" | "quiet" | "stale" | "unknown";
  since: Nanoseconds;
  last_message: Nanoseconds | null;
  staleness_s: number | null;
  expected_gap_s: number | null;
  stale_after_s: number | null;
  messages: number;
  crossed: boolean;
  gap_open: boolean;
}

export interface TailRow {
  method: "cornish_fisher" | "ewma" | "historical" | "monte_carlo";
  confidence: number;
  value_at_risk: Amount;
  expected_shortfall: Amount;
  component: Amount | null;
  marginal_ratio: number | null;
}

export interface ThresholdsRow {
  near: Amount;
  high: Amount;
  breached: Amount;
}

export interface TimelineAnswer {
  as_of: Nanoseconds;
  step_s: number;
  times: Array<number>;
  series: Array<TimelineSeries>;
  left_out?: number;
  dates?: Array<string>;
}

export interface TimelineSeries {
  account: string;
  strategy: string;
  currency: string;
  drawn: "change" | "drawdown" | "gross" | "net" | "pnl";
  values: Array<number | null>;
}

export interface TripRow {
  time: Nanoseconds;
  cause: string;
  limit: Amount | null;
  value: Amount | null;
}

export interface UnreportedRow {
  account: string;
  venue: string;
  symbol: string;
  ours: Amount;
}

export interface UnsupportedRule {
  file: string;
  line: number;
  rule: string;
  construct: string;
}

export interface VarAnswer {
  as_of: Nanoseconds;
  interval_s: number;
  horizon_s: number;
  window: number;
  min_observations: number;
  limit_method: "cornish_fisher" | "ewma" | "historical" | "monte_carlo";
  limit_confidence: number;
  rows: Array<VarRow>;
  not_summed?: Array<string>;
}

export interface VarRow {
  account: string;
  strategy: string | null;
  currency: string;
  observations: number;
  gross: Amount | null;
  unknown: "fx_stale" | "gaps" | "mark_stale" | "no_fx" | "no_mark" | "not_sampled" | "too_many" | "warming_up" | null;
  tails: Array<TailRow>;
  backtests: Array<BacktestRow>;
}
