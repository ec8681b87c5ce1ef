import type { BacktestRow, TailRow, VarRow } from "../answers.ts";
import { amount, count, decimal, percent, reason, span, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

/** A VaR of one method, or why there is none. */
interface Tail {
  row: VarRow;
  tail: TailRow | null;
}

const money = (value: string | null | undefined, { row }: Tail, why: string) => (
  <Figure
    text={value === null || value === undefined ? null : amount(value, row.currency)}
    why={row.unknown === null ? why : reason(row.unknown)}
  />
);

const WHOSE = [
  {
    name: "account",
    head: "Account",
    key: (of: { row: VarRow }) => of.row.account,
    cell: (of: { row: VarRow }) => of.row.account,
  },
  {
    name: "strategy",
    head: "Strategy",
    key: (of: { row: VarRow }) => of.row.strategy,
    cell: (of: { row: VarRow }) => of.row.strategy ?? "all",
  },
] as const;

const TAILS: readonly Column<Tail>[] = [
  ...WHOSE,
  {
    name: "method",
    head: "Method",
    wide: true,
    key: ({ tail }) => tail?.method ?? null,
    cell: ({ tail }) => (tail === null ? "" : words(tail.method)),
  },
  {
    name: "confidence",
    head: "At",
    wide: true,
    figure: true,
    key: ({ tail }) => tail?.confidence ?? null,
    cell: ({ tail }) => (tail === null ? "" : percent(tail.confidence, 0)),
  },
  {
    name: "var",
    head: "VaR",
    figure: true,
    key: ({ tail }) => tail?.value_at_risk ?? null,
    cell: (of) => money(of.tail?.value_at_risk, of, "not known"),
  },
  {
    name: "shortfall",
    head: "Shortfall",
    figure: true,
    key: ({ tail }) => tail?.expected_shortfall ?? null,
    cell: (of) => money(of.tail?.expected_shortfall, of, "not known"),
  },
  {
    name: "component",
    head: "Share in account",
    figure: true,
    wide: true,
    key: ({ tail }) => tail?.component ?? null,
    cell: (of) => money(of.tail?.component, of, "this method tells none"),
  },
  {
    name: "in",
    head: "In",
    key: ({ row }) => row.currency,
    cell: ({ row }) => <small>{row.currency}</small>,
  },
];

const tailKey = ({ row, tail }: Tail): string =>
  [row.account, row.strategy ?? "", tail?.method ?? "", tail?.confidence ?? ""].join("/");

/** Value at risk and expected shortfall by account, strategy and method. */
export const VarCard = () => (
  <Card title="Value at risk" note={<Horizon />}>
    <Known of={topic("var")}>
      {({ rows }) => (
        <Table
          name="var"
          label="Value at risk and expected shortfall"
          rows={rows.flatMap((row): Tail[] =>
            row.tails.length === 0
              ? [{ row, tail: null }]
              : row.tails.map((tail) => ({ row, tail })),
          )}
          columns={TAILS}
          identity={tailKey}
          text={tailKey}
          filter="Filter account, strategy, method"
          empty="No account yet."
          height={380}
        />
      )}
    </Known>
  </Card>
);

function Horizon() {
  const answer = topic("var").value.value;
  if (answer === undefined) return null;
  const limit = `limits hold ${words(answer.limit_method)} ${percent(answer.limit_confidence, 0)}`;
  return (
    <>
      loss over {span(answer.horizon_s)}, by at most {count(answer.window)} returns of{" "}
      {span(answer.interval_s)}; {limit}
    </>
  );
}

interface Backtest {
  row: VarRow;
  test: BacktestRow;
}

const chance = (
  head: string,
  part: "kupiec" | "independence" | "conditional_coverage",
): Column<Backtest> => ({
  name: part,
  head,
  figure: true,
  wide: true,
  key: ({ test }) => test[part],
  cell: ({ test }) => {
    const value = test[part];
    return (
      <Figure
        text={value === null ? null : decimal(value, 3)}
        why="no interval followed another yet"
      />
    );
  },
});

const ZONES = { green: 0, yellow: 1, red: 2 };
const ZONE_CLASSES = { green: "ok", yellow: "near", red: "breached" };

const BACKTESTS: readonly Column<Backtest>[] = [
  ...WHOSE,
  {
    name: "method",
    head: "Method",
    wide: true,
    key: ({ test }) => test.method,
    cell: ({ test }) => words(test.method),
  },
  {
    name: "confidence",
    head: "At",
    wide: true,
    figure: true,
    key: ({ test }) => test.confidence,
    cell: ({ test }) => percent(test.confidence, 0),
  },
  {
    name: "exceptions",
    head: "Exceptions",
    figure: true,
    key: ({ test }) => test.exceptions,
    cell: ({ test }) => `${count(test.exceptions)} of ${count(test.observations)}`,
  },
  {
    name: "expected",
    head: "Expected",
    figure: true,
    wide: true,
    key: ({ test }) => test.expected,
    cell: ({ test }) => decimal(test.expected, 1),
  },
  chance("Kupiec p", "kupiec"),
  chance("Independence p", "independence"),
  chance("Coverage p", "conditional_coverage"),
  {
    name: "zone",
    head: "Zone",
    key: ({ test }) => ZONES[test.zone],
    cell: ({ test }) => <span class={`chip ${ZONE_CLASSES[test.zone]}`}>{test.zone}</span>,
  },
];

const testKey = ({ row, test }: Backtest): string =>
  [row.account, row.strategy ?? "", test.method, test.confidence].join("/");

/** Whether the VaR was right: losses beyond it, beside as many as a right one has. */
export const BacktestCard = () => (
  <Card title="Backtest" note="losses beyond the VaR; p-values of a right one">
    <Known of={topic("var")}>
      {({ rows }) => (
        <Table
          name="backtest"
          label="Backtests of the value at risk"
          rows={rows.flatMap((row) => row.backtests.map((test) => ({ row, test })))}
          columns={BACKTESTS}
          identity={testKey}
          order="-zone"
          text={testKey}
          filter="Filter account, strategy, method"
          empty="Too few intervals were judged yet."
          height={380}
        />
      )}
    </Known>
  </Card>
);
