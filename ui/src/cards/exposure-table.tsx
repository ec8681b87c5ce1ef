import type { ExposureAnswer, ExposureRow } from "../answers.ts";
import { amount, percent, reason } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { chosen, LinkChoices } from "../parts/link-choices.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const BYS = ["account", "strategy", "venue", "instrument", "currency"] as const;
type By = (typeof BYS)[number];

const ROWS: Record<By, (answer: ExposureAnswer) => ExposureRow[]> = {
  account: (answer) => answer.accounts,
  strategy: (answer) => answer.strategies,
  venue: (answer) => answer.venues,
  instrument: (answer) => answer.instruments,
  currency: (answer) => answer.currencies,
};

const part = (row: ExposureRow): string =>
  [row.strategy, row.venue, row.symbol, row.settle].filter(Boolean).join(" ");

const figure = (
  head: string,
  name: "long" | "short" | "gross" | "net" | "working",
  wide = false,
): Column<ExposureRow> => ({
  name,
  head,
  figure: true,
  wide,
  key: (row) => row[name],
  cell: (row) => {
    const value = row[name];
    return (
      <Figure
        text={value === null ? null : amount(value, row.currency)}
        why={reason(row.unpriced)}
      />
    );
  },
});

const COLUMNS: readonly Column<ExposureRow>[] = [
  { name: "account", head: "Account", key: (row) => row.account },
  { name: "part", head: "Scope", key: part, cell: (row) => part(row) || "all" },
  figure("Long", "long", true),
  figure("Short", "short", true),
  figure("Gross", "gross"),
  figure("Net", "net", true),
  figure("Working", "working", true),
  {
    name: "concentration",
    head: "Largest",
    figure: true,
    wide: true,
    key: (row) => row.concentration ?? null,
    cell: ({ concentration = null, unpriced }) => (
      <Figure
        text={concentration === null ? null : percent(concentration, 1)}
        why={unpriced === null ? "only told of accounts and strategies" : reason(unpriced)}
      />
    ),
  },
  {
    name: "in",
    head: "In",
    key: (row) => row.currency,
    cell: (row) => <small>{row.currency}</small>,
  },
];

const identity = (row: ExposureRow): string => [row.account, part(row)].join("/");

/** What is held, by whom and where. */
export function ExposureTableCard() {
  const by = chosen("exposure", BYS);
  return (
    <Card
      title="Exposure"
      note="in the account's reporting currency; largest: the largest instrument's share"
      actions={<LinkChoices label="By" name="exposure" options={BYS} />}
    >
      <Known of={topic("exposure")}>
        {(answer) => (
          <Table
            name="held"
            label={`Exposure by ${by}`}
            rows={ROWS[by](answer)}
            columns={COLUMNS}
            identity={identity}
            order="-gross"
            text={identity}
            empty="Nothing is held."
          />
        )}
      </Known>
    </Card>
  );
}
