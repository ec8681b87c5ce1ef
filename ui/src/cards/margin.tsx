import type { LiquidationRow, MarginRow } from "../answers.ts";
import { amount, elapsed, exact, percent } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const why = ({ failed }: { failed: boolean }): string =>
  failed ? "the last query failed" : "its report is too old";

const ratio = (value: number | null, row: { failed: boolean }) => (
  <Figure text={value === null ? null : percent(value, 1)} why={why(row)} />
);

const MARGINS: readonly Column<MarginRow>[] = [
  { name: "account", head: "Account", key: (row) => row.account },
  { name: "venue", head: "Venue", key: (row) => row.venue },
  {
    name: "equity",
    head: "Equity",
    figure: true,
    wide: true,
    key: (row) => row.equity,
    cell: (row) => (
      <Figure
        text={row.equity === null ? null : `${amount(row.equity, row.currency)} ${row.currency}`}
        why={why(row)}
      />
    ),
  },
  {
    name: "used",
    head: "Used",
    figure: true,
    key: (row) => row.margin_used_ratio,
    cell: (row) => ratio(row.margin_used_ratio, row),
  },
  {
    name: "maintenance",
    head: "Maintenance",
    figure: true,
    key: (row) => row.maintenance_margin_ratio,
    cell: (row) => ratio(row.maintenance_margin_ratio, row),
  },
  {
    name: "age",
    head: "Age",
    figure: true,
    room: 10,
    wide: true,
    key: (row) => row.age_s,
    cell: (row) => elapsed(row.age_s),
  },
];

const LIQUIDATIONS: readonly Column<LiquidationRow>[] = [
  { name: "account", head: "Account", wide: true, key: (row) => row.account },
  { name: "venue", head: "Venue", wide: true, key: (row) => row.venue },
  {
    name: "symbol",
    head: "Symbol",
    key: (row) => row.symbol,
    cell: (row) => (
      <>
        {row.symbol}
        <small class="narrow">{`${row.account} · ${row.venue}`}</small>
      </>
    ),
  },
  {
    name: "price",
    head: "Liquidated at",
    figure: true,
    key: (row) => row.price,
    cell: (row) => <Figure text={row.price === null ? null : exact(row.price)} why={why(row)} />,
  },
  {
    name: "distance",
    head: "Away",
    figure: true,
    key: (row) => row.distance_ratio,
    cell: (row) => (
      <Figure
        text={row.distance_ratio === null ? null : percent(row.distance_ratio, 1)}
        why={row.failed ? why(row) : "no fresh report or price"}
      />
    ),
  },
];

/** Margin as venues reported it. */
export const MarginCard = () => (
  <Card title="Margin" note="of equity, as the venue reported" width="w6">
    <Known of={topic("exposure")}>
      {({ margins }) => (
        <Table
          name="margin"
          label="Margin by account and venue"
          rows={margins}
          columns={MARGINS}
          identity={(row) => [row.account, row.venue, row.currency].join("/")}
          order="-maintenance"
          empty="No venue reports margin."
        />
      )}
    </Known>
  </Card>
);

/** How far holdings are from the price at which their venue closes them. */
export const LiquidationCard = () => (
  <Card title="Liquidation" note="how far the price is from it" width="w6">
    <Known of={topic("exposure")}>
      {({ liquidations }) => (
        <Table
          name="liquidation"
          label="Distance to liquidation"
          rows={liquidations}
          columns={LIQUIDATIONS}
          identity={(row) => [row.account, row.venue, row.symbol].join("/")}
          order="distance"
          empty="No venue reports a liquidation price."
        />
      )}
    </Known>
  </Card>
);
