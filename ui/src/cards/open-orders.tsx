import type { OrderRow } from "../answers.ts";
import { count, exact, duration, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const state = (row: OrderRow) =>
  row.acknowledged ? words(row.status) : <span class="warn">no answer</span>;

const COLUMNS: readonly Column<OrderRow>[] = [
  {
    name: "symbol",
    head: "Symbol",
    key: (row) => row.symbol,
    cell: (row) => (
      <>
        {row.symbol}
        <span class="narrow mute">{row.strategy}</span>
        <span class="narrow">
          {row.side}, {state(row)}
        </span>
      </>
    ),
  },
  { name: "venue", head: "Venue", wide: true, key: (row) => row.venue },
  { name: "strategy", head: "Strategy", wide: true, key: (row) => row.strategy },
  {
    name: "status",
    head: "Status",
    wide: true,
    key: (row) => row.status,
    cell: state,
  },
  { name: "side", head: "Side", wide: true, key: (row) => row.side },
  {
    name: "quantity",
    head: "Ordered",
    figure: true,
    wide: true,
    key: (row) => row.quantity,
    cell: (row) => exact(row.quantity),
  },
  {
    name: "leaves",
    head: "Open",
    figure: true,
    key: (row) => row.leaves,
    cell: (row) => exact(row.leaves),
  },
  {
    name: "price",
    head: "Price",
    figure: true,
    key: (row) => row.price,
    cell: ({ price }) => (
      <Figure text={price === null ? null : exact(price)} why="no limit was told" />
    ),
  },
  {
    name: "age",
    head: "Age",
    figure: true,
    room: 7,
    key: (row) => row.age_s,
    cell: (row) => duration(row.age_s * 1e9),
  },
  {
    name: "order",
    head: "Order",
    wide: true,
    key: (row) => row.client_order_id,
    cell: (row) => (
      <small title={row.order_id === "" ? undefined : `the venue's: ${row.order_id}`}>
        {row.client_order_id}
      </small>
    ),
  },
];

const identity = (row: OrderRow): string => `${row.account}/${row.client_order_id}`;

const textOf = (row: OrderRow): string =>
  [
    row.account,
    row.strategy,
    row.venue,
    row.symbol,
    row.client_order_id,
    row.order_id,
    row.parent_order_id,
    row.side,
    row.status,
  ].join(" ");

/** The orders that may still trade, the longest known first. */
export function OpenOrdersCard() {
  const answer = topic("orders").value.value;
  const shown = answer?.orders.length ?? 0;
  const note =
    answer !== undefined && answer.total > shown
      ? `the oldest ${count(shown)} of ${count(answer.total)}`
      : "the oldest first";
  return (
    <Card title="Open orders" note={note}>
      <Known of={topic("orders")}>
        {({ orders }) => (
          <Table
            name="orders"
            label="Orders that may still trade"
            rows={orders}
            columns={COLUMNS}
            identity={identity}
            order="-age"
            text={textOf}
            filter="Filter symbol, strategy, order"
            empty="No order is open."
            height={360}
          />
        )}
      </Known>
    </Card>
  );
}
