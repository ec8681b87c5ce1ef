/** The row that answers "are we all right?"; web/page/key_figures.py says the same before the script runs. */

import { summed, total } from "../amounts.ts";
import type {
  AccountPnl,
  BreakersAnswer,
  LatencyAnswer,
  LimitRow,
  StatusAnswer,
  VarAnswer,
} from "../answers.ts";
import {
  confidence,
  counted,
  duration,
  gain,
  methodName,
  reason,
  share,
  size,
  span,
  timeOfDay,
} from "../format.ts";
import type { Tone } from "../parts/figure.tsx";
import { said, Tile, Tiles, unknownOf, type Said } from "../parts/tile.tsx";
import { usedOf } from "../nearest.ts";
import { slowest } from "../slowest.ts";
import { topic } from "../store.ts";
import { largestVar } from "../var.ts";

export function KeyFigures() {
  return (
    <Tiles>
      <Pnl label="P&L today" part="day" />
      <Pnl label="This hour" part="hour" />
      <Gross />
      <VarTile />
      <Ack />
      <Breakers />
      <Alerts />
    </Tiles>
  );
}

function Pnl({ label, part }: { label: string; part: "day" | "hour" }) {
  const figure = said(topic("pnl").value, (pnl) => {
    const found = total<AccountPnl>(pnl, (row) => row[part]);
    if ("unknown" in found) return unknownOf(found.unknown);
    if (found.sums.length === 0) return { value: null, note: "no account yet" };
    const start = timeOfDay(part === "day" ? pnl.day_start : pnl.hour_start).slice(0, 5);
    return {
      value: found.sums.map(({ amount, currency }) => gain(amount, currency)),
      note: `net, since ${start}`,
      tone: "signed",
    };
  });
  return <Tile label={label} page="/pnl" {...figure} />;
}

const ofAccount = (row: LimitRow): boolean =>
  row.limit === "gross" && row.strategy === "" && row.venue === "" && row.symbol === "";

const LIMIT_TONES: Partial<Record<LimitRow["state"], Tone>> = {
  breached: "neg",
  high: "warn",
  unknown: "warn",
};

function Gross() {
  const limits = topic("limits").value.value;
  const figure = said(topic("exposure").value, (exposure) => {
    const found = total(exposure, (row) => row.gross);
    if ("unknown" in found) return unknownOf(found.unknown);
    if (found.sums.length === 0) return { value: null, note: "no position yet" };
    const value = found.sums.map(({ amount, currency }) => size(amount, currency));
    // Limits come worst first.
    const worst = summed(limits?.limits ?? [], exposure).find(ofAccount);
    if (worst === undefined) return { value, note: "no limit" };
    const ratio = usedOf(worst);
    if (ratio === null)
      return { value, note: `${worst.account}: use of its limit unknown`, tone: "warn" };
    const note =
      ratio === Infinity
        ? `${worst.account}: its limit is zero`
        : `${worst.account} ${share(ratio)} of limit`;
    return { value, note, tone: LIMIT_TONES[worst.state] ?? "" };
  });
  return <Tile label="Gross exposure" page="/risk" {...figure} />;
}

export function VarTile() {
  const answer = topic("var").value;
  const figure = said(answer, valueAtRisk);
  const { limit_confidence: at = null, horizon_s: horizon = 0 } = answer.value ?? {};
  const label = at === null ? "VaR" : `VaR ${confidence(at)} ${span(horizon)}`;
  return <Tile label={label} page="/risk" {...figure} />;
}

function valueAtRisk(answer: VarAnswer): Said {
  const found = largestVar(answer);
  const method = methodName(answer.limit_method);
  if ("unknown" in found) {
    const { account, unknown } = found.unknown;
    const why = unknown === null ? `no ${method} VaR of its returns` : reason(unknown);
    return { value: null, note: `${account}: ${why}`, tone: "warn" };
  }
  if (found.largest.length === 0) return { value: null, note: "no account yet" };
  return {
    value: found.largest.map(({ row, tail }) => size(tail.value_at_risk, row.currency)),
    note: [...found.largest.map(({ row }) => row.account), method].join(", "),
  };
}

function Ack() {
  return <Tile label="Ack p99" page="/latency" {...said(topic("latency").value, slowestAck)} />;
}

function slowestAck({ routes }: LatencyAnswer): Said {
  const found = slowest(routes, "order_ack");
  if (found === undefined) return { value: null, note: "too few orders" };
  return { value: duration(found.p99), note: `${found.route.venue}, last ${found.window}` };
}

function Breakers() {
  return <Tile label="Breakers" {...said(topic("breakers").value, stopped)} />;
}

function stopped({ breakers, kill_switches, dead_man_timers }: BreakersAnswer): Said {
  const names = [
    ...breakers.filter(({ state }) => state !== "closed").map(({ breaker }) => breaker),
    ...kill_switches.filter(({ engaged }) => engaged).map(() => "kill switch"),
    ...dead_man_timers
      .filter(({ left_s }) => left_s !== null && left_s < 0)
      .map(({ timer }) => `dead-man ${timer}`),
  ];
  if (names.length > 0)
    return {
      value: `${names.length} open`,
      note: [...new Set(names)].sort().join(", "),
      tone: "neg",
    };
  if (breakers.length === 0) return { value: null, note: "none reported" };
  return { value: "All closed", note: `${breakers.length} watched`, tone: "pos" };
}

function Alerts() {
  return <Tile label="Open alerts" page="/alerts" {...said(topic("status").value, firing)} />;
}

function firing({ firing }: StatusAnswer): Said {
  if (firing === null || firing === undefined)
    return { value: null, note: "no rules are evaluated", tone: "warn" };
  const sum = Object.values(firing).reduce((one, other) => one + other, 0);
  if (sum === 0) return { value: "None", note: "nothing fires", tone: "pos" };
  return {
    value: String(sum),
    note: Object.entries({ page: "pages", warning: "warnings", info: "info" })
      .filter(([severity]) => (firing[severity] ?? 0) > 0)
      .map(([severity, plural]) => counted(firing[severity] ?? 0, severity, plural))
      .join(", "),
    tone: (firing["page"] ?? 0) > 0 ? "neg" : "warn",
  };
}
