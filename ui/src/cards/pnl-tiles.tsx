import { summed, total } from "../amounts.ts";
import type { AccountPnl, PnlAnswer } from "../answers.ts";
import { negate } from "../decimal.ts";
import { farthestBelow } from "../drawdown.ts";
import { gain, percent, size, timeOfDay } from "../format.ts";
import { Known } from "../parts/state.tsx";
import { Tile, Tiles, unknownOf } from "../parts/tile.tsx";
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
  if ("unknown" in found) return <Tile label={label} {...unknownOf(found.unknown)} />;
  const sums =
    turned === true
      ? found.sums.map((one) => ({ ...one, amount: negate(one.amount) }))
      : found.sums;
  if (sums.length === 0) return <Tile label={label} value={null} note="no account yet" />;
  const value = sums.map(({ amount, currency }) => gain(amount, currency));
  return <Tile label={label} value={value} note={note} tone="signed" />;
}

function Drawdown({ pnl }: { pnl: PnlAnswer }) {
  const found = farthestBelow(summed(pnl.accounts, pnl));
  if ("unknown" in found) return <Tile label="Drawdown" {...unknownOf(found.unknown)} />;
  if (found.worst.length === 0) return <Tile label="Drawdown" value={null} note="no account yet" />;
  return (
    <Tile
      label="Drawdown"
      value={found.worst.map(({ drawdown, currency }) => size(drawdown ?? "0", currency))}
      note={found.worst.map(belowPeak).join("; ")}
    />
  );
}

const belowPeak = ({ account, drawdown_ratio: ratio }: AccountPnl): string =>
  ratio === null ? `${account}, no capital told` : `${account}, ${percent(ratio)} of peak`;
