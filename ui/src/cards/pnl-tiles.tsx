import { summed, total } from "../amounts.ts";
import type { AccountPnl, PnlAnswer } from "../answers.ts";
import { compare, negate } from "../decimal.ts";
import { gain, NOTHING, percent, reason, size, timeOfDay } from "../format.ts";
import { Known } from "../parts/state.tsx";
import { Tile, Tiles } from "../parts/tile.tsx";
import { topic } from "../store.ts";

type Part = "net" | "day" | "hour" | "realized" | "unrealized" | "fees" | "funding";

/** What the desk earned, and what of. */
export const PnlTiles = () => (
  <Known of={topic("pnl")}>
    {(pnl) => (
      <Tiles>
        <Sum
          pnl={pnl}
          label="Today"
          part="day"
          note={`net, since ${timeOfDay(pnl.day_start).slice(0, 5)}`}
        />
        <Sum
          pnl={pnl}
          label="This hour"
          part="hour"
          note={`net, since ${timeOfDay(pnl.hour_start).slice(0, 5)}`}
        />
        <Sum pnl={pnl} label="Net, in all" part="net" note="since the first event" />
        <Sum pnl={pnl} label="Realized" part="realized" note="by what was closed" />
        <Sum pnl={pnl} label="Unrealized" part="unrealized" note="by what is open" />
        <Sum pnl={pnl} label="Fees" part="fees" note="paid is below zero" turned />
        <Sum pnl={pnl} label="Funding" part="funding" note="paid is below zero" />
        <Drawdown pnl={pnl} />
      </Tiles>
    )}
  </Known>
);

interface SumProps {
  pnl: PnlAnswer;
  label: string;
  part: Part;
  note: string;
  /** Whether what is above zero was paid. */
  turned?: boolean;
}

function Sum({ pnl, label, part, note, turned }: SumProps) {
  const found = total<AccountPnl>(pnl, (row) => row[part]);
  if ("unknown" in found)
    return (
      <Tile
        label={label}
        value={null}
        note={`${found.unknown.account}: ${reason(found.unknown.unpriced)}`}
        tone="warn"
      />
    );
  const sums =
    turned === true
      ? found.sums.map((one) => ({ ...one, amount: negate(one.amount) }))
      : found.sums;
  if (sums.length === 0) return <Tile label={label} value={null} note="no account yet" />;
  const value = sums.map(({ amount, currency }) => gain(amount, currency));
  return <Tile label={label} value={value} note={note} tone="signed" />;
}

/** The account that is farthest below its peak. */
function Drawdown({ pnl }: { pnl: PnlAnswer }) {
  const known = summed(pnl.accounts, pnl).filter((row) => row.drawdown !== null);
  known.sort(
    (one, other) =>
      (other.drawdown_ratio ?? 0) - (one.drawdown_ratio ?? 0) ||
      compare(other.drawdown ?? "0", one.drawdown ?? "0"),
  );
  const worst = known[0];
  if (worst === undefined) return <Tile label="Drawdown" value={null} note="not known" />;
  const share = worst.drawdown_ratio === null ? NOTHING : percent(worst.drawdown_ratio);
  return (
    <Tile
      label="Drawdown"
      value={size(worst.drawdown ?? "0", worst.currency)}
      note={`${worst.account}, ${share} of peak`}
    />
  );
}
