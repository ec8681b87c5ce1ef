import type { BacktestRow, TailRow, VarAnswer, VarRow } from "../answers.ts";
import {
  amount,
  confidence,
  count,
  counted,
  decimal,
  methodName,
  reason,
  span,
} from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Choices } from "../parts/choices.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { param, setParams } from "../route.ts";
import { topic } from "../store.ts";

const METHODS: readonly TailRow["method"][] = [
  "historical",
  "ewma",
  "cornish_fisher",
  "monte_carlo",
];

/** The method that is shown: unless the link says otherwise the one that limits hold. */
const shown = ({ limit_method }: VarAnswer): TailRow["method"] =>
  METHODS.find((method) => method === param("method")) ?? limit_method;

function Methods() {
  const answer = topic("var").value.value;
  if (answer === undefined) return null;
  return (
    <Choices
      label="Method"
      quiet
      options={METHODS}
      chosen={shown(answer)}
      name={methodName}
      onChoose={(method) => setParams({ method: method === answer.limit_method ? "" : method })}
    />
  );
}

const account: Column<{ account: string; strategy: string | null }> = {
  name: "account",
  head: "Account",
  key: (row) => row.account,
  cell: (row) => (
    <>
      {row.account}
      <small class="narrow">{row.strategy ?? "all"}</small>
    </>
  ),
};

const strategy: Column<{ strategy: string | null }> = {
  name: "strategy",
  head: "Strategy",
  wide: true,
  key: (row) => row.strategy,
  cell: (row) => row.strategy ?? "all",
};

const whose = (row: VarRow): string => [row.account, row.strategy ?? ""].join("/");

type Part = "value_at_risk" | "expected_shortfall" | "component";

/** Why a figure of a known row is not to be had. */
const WHY: Record<Part, string> = {
  value_at_risk: "a jump bends this method",
  expected_shortfall: "a jump bends this method",
  component: "only of strategies, historical or EWMA, where their account's is known",
};

/** Columns of one method's figures at each confidence. */
function tailColumns(method: string, confidences: readonly number[]): readonly Column<VarRow>[] {
  const figure = (head: string, part: Part, at: number, wide: boolean): Column<VarRow> => {
    const value = ({ tails }: VarRow): string | null =>
      tails.find((tail) => tail.method === method && tail.confidence === at)?.[part] ?? null;
    return {
      name: `${part}-${at}`,
      head: `${head} ${confidence(at)}`,
      figure: true,
      wide,
      key: value,
      cell: (row) => {
        const found = value(row);
        const why = row.unknown === null ? WHY[part] : reason(row.unknown);
        return <Figure text={found === null ? null : amount(found, row.currency)} why={why} />;
      },
    };
  };
  return [
    account,
    strategy,
    ...confidences.map((at, place) => figure("VaR", "value_at_risk", at, place > 0)),
    ...confidences.map((at, place) => figure("Shortfall", "expected_shortfall", at, place > 0)),
    ...confidences.map((at) => figure("Share", "component", at, true)),
    {
      name: "in",
      head: "In",
      key: (row) => row.currency,
      cell: ({ currency, unknown }) => (
        <small>
          {currency}
          {unknown !== null && (
            <>
              <span class="beside">, {reason(unknown)}</span>
              <small class="narrow">{reason(unknown)}</small>
            </>
          )}
        </small>
      ),
    },
  ];
}

/** Made once for each method: the table draws a row again where its columns are others. */
const made = new Map<string, readonly Column<VarRow>[]>();

function columnsOf(answer: VarAnswer): readonly Column<VarRow>[] {
  const method = shown(answer);
  const confidences = [
    ...new Set(answer.rows.flatMap(({ tails }) => tails.map((tail) => tail.confidence))),
  ].sort();
  const key = [method, ...confidences].join();
  const columns = made.get(key) ?? tailColumns(method, confidences);
  made.set(key, columns);
  return columns;
}

/** Value at risk and expected shortfall of accounts and strategies, by one method. */
export const VarCard = () => (
  <Card title="Value at risk" note={<Horizon />} actions={<Methods />}>
    <Known of={topic("var")}>
      {(answer) => (
        <Table
          name="var"
          label="Value at risk and expected shortfall"
          rows={answer.rows}
          columns={columnsOf(answer)}
          identity={whose}
          empty="No account yet."
        />
      )}
    </Known>
  </Card>
);

function Horizon() {
  const answer = topic("var").value.value;
  if (answer === undefined) return null;
  const returns = `${counted(answer.window, "return")} of ${span(answer.interval_s)}`;
  const limit = `${methodName(answer.limit_method)} ${confidence(answer.limit_confidence)}`;
  return (
    <>
      loss over {span(answer.horizon_s)}, by at most {returns}; limits hold {limit}; share: in its
      account's
    </>
  );
}

/** One backtest, and whose. */
interface Backtest extends BacktestRow {
  account: string;
  strategy: string | null;
}

const chance = (
  head: string,
  part: "kupiec" | "independence" | "conditional_coverage",
): Column<Backtest> => ({
  name: part,
  head,
  figure: true,
  wide: true,
  key: (test) => test[part],
  cell: (test) => {
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
const CLASSES = { green: "ok", yellow: "near", red: "breached" };

const BACKTESTS: readonly Column<Backtest>[] = [
  account,
  strategy,
  {
    name: "confidence",
    head: "At",
    figure: true,
    key: (test) => test.confidence,
    cell: (test) => confidence(test.confidence),
  },
  {
    name: "exceptions",
    head: "Exceptions",
    figure: true,
    key: (test) => test.exceptions,
    cell: (test) => `${count(test.exceptions)} of ${count(test.observations)}`,
  },
  {
    name: "expected",
    head: "Expected",
    figure: true,
    wide: true,
    key: (test) => test.expected,
    cell: (test) => decimal(test.expected, 1),
  },
  chance("Kupiec p", "kupiec"),
  chance("Independence p", "independence"),
  chance("Coverage p", "conditional_coverage"),
  {
    name: "zone",
    head: "Zone",
    key: (test) => ZONES[test.zone],
    cell: (test) => <span class={`chip ${CLASSES[test.zone]}`}>{test.zone}</span>,
  },
];

/** Whether the VaR was right: losses beyond it, beside as many as a right one has. */
export const BacktestCard = () => (
  <Card title="Backtest" note="losses beyond the VaR, by the same method; p-values of a right one">
    <Known of={topic("var")}>
      {(answer) => (
        <Table
          name="backtest"
          label="Backtests of the value at risk"
          rows={backtests(answer)}
          columns={BACKTESTS}
          identity={(test) => [test.account, test.strategy ?? "", test.confidence].join("/")}
          order="-zone"
          empty="Too few intervals were judged yet."
        />
      )}
    </Known>
  </Card>
);

const backtests = (answer: VarAnswer): Backtest[] =>
  answer.rows.flatMap(({ account, strategy, backtests }) =>
    backtests
      .filter(({ method }) => method === shown(answer))
      .map((test) => ({ account, strategy, ...test })),
  );
