import type { OrdersToTradesRow } from "../answers.ts";
import { count, decimal } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const Ratio = ({ of }: { of: number | null }) => (
  <Figure text={of === null ? null : decimal(of, 2)} why="nothing traded today" />
);

const COLUMNS: readonly Column<OrdersToTradesRow>[] = [
  {
    name: "symbol",
    head: "Symbol",
    key: (row) => row.symbol,
    cell: (row) => (
      <>
        {row.symbol}
        <span class="narrow mute">{row.strategy}</span>
      </>
    ),
  },
  { name: "strategy", head: "Strategy", wide: true, key: (row) => row.strategy },
  { name: "venue", head: "Venue", wide: true, key: (row) => row.venue },
  {
    name: "messages",
    head: "Messages",
    figure: true,
    wide: true,
    key: (row) => row.messages,
    cell: (row) => count(row.messages),
  },
  {
    name: "trades",
    head: "Traded",
    figure: true,
    wide: true,
    key: (row) => row.trades,
    cell: (row) => count(row.trades),
  },
  {
    name: "number",
    head: "By number",
    figure: true,
    key: (row) => row.by_number,
    cell: (row) => <Ratio of={row.by_number} />,
  },
  {
    name: "volume",
    head: "By volume",
    figure: true,
    key: (row) => row.by_volume,
    cell: (row) => <Ratio of={row.by_volume} />,
  },
];

const identity = ({ account, strategy, venue, symbol }: OrdersToTradesRow): string =>
  [account, strategy, venue, symbol].join("/");

/** Messages over trades, as venues and regulators count them. */
export const OrdersToTradesCard = () => (
  <Card title="Orders to trades" note="today, RTS 9" width="w6">
    <Known of={topic("execution")}>
      {({ orders_to_trades }) => (
        <Table
          name="trades"
          label="Messages and trades by symbol"
          rows={orders_to_trades}
          columns={COLUMNS}
          identity={identity}
          order="-number"
          empty="No order was sent today."
          height={350}
        />
      )}
    </Known>
  </Card>
);
