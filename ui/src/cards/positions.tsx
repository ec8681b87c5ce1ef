import type { PositionRow } from "../answers.ts";
import { sign } from "../decimal.ts";
import { amount, decimal, exact, reason } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure, toneOf } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const gained = (figure: string | null, row: PositionRow) => {
  const text = figure === null ? null : amount(figure, row.currency, true);
  return <Figure text={text} tone={toneOf(text ?? "")} why={reason(row.unpriced)} />;
};

const COLUMNS: readonly Column<PositionRow>[] = [
  { name: "strategy", head: "Strategy", wide: true, key: (row) => row.strategy },
  {
    name: "symbol",
    head: "Symbol",
    key: (row) => row.symbol,
    cell: (row) => (
      <>
        {row.symbol}
        <small class="narrow">{row.strategy}</small>
      </>
    ),
  },
  { name: "venue", head: "Venue", wide: true, key: (row) => row.venue },
  { name: "account", head: "Account", wide: true, key: (row) => row.account },
  {
    name: "quantity",
    head: "Quantity",
    figure: true,
    key: (row) => row.quantity,
    cell: (row) => exact(row.quantity),
  },
  {
    name: "mark",
    head: "Mark",
    figure: true,
    wide: true,
    key: (row) => row.mark,
    cell: (row) => (
      <span title={row.mark_age_s === null ? undefined : `${decimal(row.mark_age_s, 1)} s old`}>
        <Figure
          text={row.mark === null ? null : exact(row.mark)}
          why={reason(row.unpriced ?? "no_mark")}
        />
      </span>
    ),
  },
  {
    name: "notional",
    head: "Notional",
    figure: true,
    wide: true,
    key: (row) => row.notional,
    cell: (row) => (
      <Figure
        text={row.notional === null ? null : amount(row.notional, row.currency)}
        why={reason(row.unpriced)}
      />
    ),
  },
  {
    name: "day",
    head: "Today",
    figure: true,
    key: (row) => row.day,
    cell: (row) => gained(row.day, row),
  },
  {
    name: "in",
    head: "In",
    key: (row) => row.currency,
    cell: (row) => <small>{row.currency}</small>,
  },
];

const identity = (row: PositionRow): string =>
  [row.account, row.strategy, row.venue, row.symbol].join("/");

export const PositionsCard = () => (
  <Card title="Positions" note="open" width="w8">
    <Known of={topic("positions")}>
      {({ positions }) => (
        <Table
          name="positions"
          label="Open positions"
          rows={positions.filter((row) => sign(row.quantity) !== 0)}
          columns={COLUMNS}
          identity={identity}
          order="-day"
          text={identity}
          filter="Filter strategy, symbol, venue"
          empty="Every position is flat."
          height={330}
        />
      )}
    </Known>
  </Card>
);
