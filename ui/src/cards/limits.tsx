import type { LimitRow, LimitsAnswer } from "../answers.ts";
import { round } from "../decimal.ts";
import { amount, exact, percent, share, words } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Meter } from "../parts/meter.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { topic } from "../store.ts";

const STATES: Record<LimitRow["state"], string> = {
  ok: "OK",
  near: "Near",
  high: "High",
  breached: "BREACHED",
  unknown: "Unknown",
};

/** What a limit is on, such as "crypto · BINANCE BTCUSDT". */
export const subject = ({
  account,
  strategy,
  venue,
  symbol,
}: Pick<LimitRow, "account" | "strategy" | "venue" | "symbol">): string =>
  [account, strategy, [venue, symbol].filter(Boolean).join(" ")].filter(Boolean).join(" · ") ||
  "desk";

export const limitKey = (
  row: Pick<LimitRow, "limit" | "account" | "strategy" | "venue" | "symbol" | "currency">,
): string => [row.limit, row.account, row.strategy, row.venue, row.symbol, row.currency].join("/");

/** Ratios that say how many times, and no part of a whole. */
const TIMES: ReadonlySet<string> = new Set(["leverage", "order_to_trade"]);

/** An amount of a limit in its unit. */
export function limitFigure(value: string, { limit, unit, currency }: LimitRow): string {
  if (unit === "money") return `${amount(value, currency)} ${currency}`;
  if (unit === "rate") return `${exact(value)}/s`;
  if (unit !== "ratio") return exact(value);
  return TIMES.has(limit) ? `${exact(round(value, 2))}×` : percent(Number(value), 1);
}

/** Limits with their meters, the worst first; `most` of them. */
export function Limits({ most, only }: { most?: number; only?: (row: LimitRow) => boolean }) {
  return (
    <Known of={topic("limits")}>
      {(answer) => {
        const found = answer.limits.filter((row) => only?.(row) ?? true);
        if (found.length === 0) return <Empty>No limit is set.</Empty>;
        return (
          <ul class="limits">
            {found.slice(0, most).map((row) => (
              <Limit key={limitKey(row)} row={row} thresholds={answer.thresholds} />
            ))}
          </ul>
        );
      }}
    </Known>
  );
}

function Limit({ row, thresholds }: { row: LimitRow; thresholds: LimitsAnswer["thresholds"] }) {
  const name = words(row.limit);
  const used = row.used === null ? "not known" : limitFigure(row.used, row);
  const marks = [thresholds.near, thresholds.high].map(Number);
  return (
    <li class={row.state} title={`${used} of ${limitFigure(row.value, row)}`}>
      <div>
        <span>{name}</span>
        <small>{subject(row)}</small>
      </div>
      <b>
        <Figure
          text={row.utilization === null ? null : share(row.utilization)}
          why={`${name}: what is used is not known`}
        />
        {row.state !== "ok" && <em>{STATES[row.state]}</em>}
      </b>
      <Meter
        label={`${name}, ${subject(row)}: used of the limit`}
        ratio={row.utilization}
        marks={marks}
      />
    </li>
  );
}

/** The state of a limit in a word. */
export const limitState = (row: LimitRow): string => STATES[row.state];
