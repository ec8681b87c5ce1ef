import type { FlowRow, PeriodRow } from "../answers.ts";
import { costTone, flowName, type Period, PERIODS, points } from "../execution.ts";
import { count, duration, percent } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Choices } from "../parts/choices.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { setParams } from "../route.ts";
import { topic } from "../store.ts";

type RatioName = "fill_ratio" | "reject_ratio" | "cancel_ratio";

const NO_ORDER: Record<RatioName, string> = {
  fill_ratio: "no order ended",
  reject_ratio: "no order was answered",
  cancel_ratio: "no order ended",
};

const ratio = (
  head: string,
  part: RatioName,
  of: (row: FlowRow) => PeriodRow,
): Column<FlowRow> => ({
  name: part,
  head,
  figure: true,
  key: (row) => of(row)[part],
  cell: (row) => {
    const found = of(row)[part];
    return <Figure text={found === null ? null : percent(found, 1)} why={NO_ORDER[part]} />;
  },
});

function columns(period: Period): readonly Column<FlowRow>[] {
  const of = (row: FlowRow): PeriodRow => row[period];
  return [
    {
      name: "strategy",
      head: "Strategy",
      key: (row) => row.strategy,
      cell: (row) => (
        <>
          {row.strategy}
          <span class="narrow mute">{row.venue}</span>
        </>
      ),
    },
    { name: "venue", head: "Venue", wide: true, key: (row) => row.venue },
    { name: "account", head: "Account", wide: true, key: (row) => row.account },
    {
      name: "open",
      head: "Open",
      figure: true,
      wide: true,
      key: (row) => row.open,
      cell: (row) => count(row.open),
    },
    {
      name: "unacked",
      head: "No answer",
      figure: true,
      wide: true,
      key: (row) => row.oldest_unacked_s ?? -1,
      cell: (row) =>
        row.oldest_unacked_s === null ? (
          "0"
        ) : (
          <span class={row.oldest_unacked_s > 1 ? "warn" : ""}>
            {count(row.unacked)}, {duration(row.oldest_unacked_s * 1e9)}
          </span>
        ),
    },
    {
      name: "answered",
      head: "Orders",
      figure: true,
      wide: true,
      key: (row) => of(row).answered,
      cell: (row) => count(of(row).answered),
    },
    ratio("Filled", "fill_ratio", of),
    ratio("Rejected", "reject_ratio", of),
    ratio("Canceled", "cancel_ratio", of),
    {
      name: "slippage",
      head: "Slippage bp",
      figure: true,
      wide: true,
      key: (row) => row.slippage,
      cell: (row) => (
        <Figure
          text={points(row.slippage)}
          tone={costTone(row.slippage)}
          why="no fill with a mid to compare with"
        />
      ),
    },
    {
      name: "executed",
      head: "Executed / ordered",
      figure: true,
      wide: true,
      key: (row) => row.filled_over_ordered,
      cell: (row) => {
        const most = row.filled_over_ordered;
        const text = most === null ? null : percent(most, 1);
        return (
          <Figure
            text={text}
            tone={most !== null && most > 1 ? "neg" : ""}
            why="nothing was executed today"
          />
        );
      },
    },
  ];
}

const COLUMNS: Record<Period, readonly Column<FlowRow>[]> = {
  window: columns("window"),
  day: columns("day"),
};

const NAMES: Record<Period, string> = { window: "Window", day: "Today" };

/** What became of each flow's orders. */
export const FlowsCard = ({ period }: { period: Period }) => (
  <Card
    title="Flows"
    note="account, strategy, venue; slippage of all fills so far"
    actions={
      <Choices
        label="Ratios of"
        quiet
        options={PERIODS}
        chosen={period}
        name={(option) => NAMES[option]}
        onChoose={(option) => setParams({ period: option === "window" ? "" : option })}
      />
    }
  >
    <Known of={topic("execution")}>
      {({ flows }) => (
        <Table
          name="flows"
          label="What became of orders, by flow"
          rows={flows}
          columns={COLUMNS[period]}
          identity={flowName}
          text={flowName}
          filter="Filter account, strategy, venue"
          empty="No order was reported yet."
          height={380}
        />
      )}
    </Known>
  </Card>
);
