import { computed } from "@preact/signals";
import type { LimitRow, LimitsAnswer } from "../answers.ts";
import { round } from "../decimal.ts";
import { amount, exact, percent, share, words } from "../format.ts";
import { limitKey, limitPlace, nearest, usedOf, type Places } from "../nearest.ts";
import { Figure } from "../parts/figure.tsx";
import { Meter } from "../parts/meter.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Known } from "../parts/state.tsx";
import { topic, type Topic } from "../store.ts";

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

/** Ratios that say how many times, and no part of a whole. */
const TIMES: ReadonlySet<string> = new Set(["leverage", "order_to_trade"]);

/** An amount of a limit in its unit. */
export function limitFigure(value: string, { limit, unit, currency }: LimitRow): string {
  if (unit === "money") return `${amount(value, currency)} ${currency}`;
  if (unit === "rate") return `${exact(value)}/s`;
  if (unit !== "ratio") return exact(value);
  return TIMES.has(limit) ? `${exact(round(value, 2))}×` : percent(Number(value), 1);
}

let places: Places = new Map();

/** What the engine says of limits, in an order that can be read. */
export const limitsInOrder = computed((): Topic<LimitsAnswer> => {
  const said = topic("limits").value;
  if (said.value === undefined) return said;
  const [limits, next] = nearest(said.value.limits, places, limitPlace);
  places = next;
  return { value: { ...said.value, limits } };
});

/** The nearest limits with their meters, the worst first; `most` of them. */
export function Limits({ most }: { most: number }) {
  const shown = limitsInOrder.value.value?.limits.slice(0, most) ?? [];
  useSlide(shown.map(limitKey).join());
  return (
    <Known of={limitsInOrder}>
      {({ thresholds }) =>
        shown.length === 0 ? (
          <Empty>No limit is set.</Empty>
        ) : (
          <ul class="limits">
            {shown.map((row) => (
              <Limit key={limitKey(row)} row={row} thresholds={thresholds} />
            ))}
          </ul>
        )
      }
    </Known>
  );
}

function Limit({ row, thresholds }: { row: LimitRow; thresholds: LimitsAnswer["thresholds"] }) {
  const name = words(row.limit);
  const used = row.used === null ? "not known" : limitFigure(row.used, row);
  const marks = [thresholds.near, thresholds.high].map(Number);
  const ratio = usedOf(row);
  return (
    <li class={row.state} title={`${subject(row)}: ${used} of ${limitFigure(row.value, row)}`}>
      <span>{name}</span>
      <b>
        <Figure
          text={ratio === null ? null : share(ratio)}
          why={`${name}: what is used is not known`}
        />
      </b>
      <small>
        <span>{subject(row)}</span>
        {row.state !== "ok" && <em>{STATES[row.state]}</em>}
      </small>
      <Meter label={`${name}, ${subject(row)}: used of the limit`} ratio={ratio} marks={marks} />
    </li>
  );
}

/** The state of a limit in a word. */
export const limitState = (row: LimitRow): string => STATES[row.state];
