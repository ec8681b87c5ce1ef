import type { FlowRow } from "../answers.ts";
import { flowName, HORIZONS, type Period, points, wholeOf } from "../execution.ts";
import { span } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure, toneOf } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

const Markout = ({ ratio }: { ratio: number | null | undefined }) => {
  const text = points(ratio);
  return <Figure text={text} tone={toneOf(text ?? "")} why="no fill with a mid at that time" />;
};

const columns = (period: Period): readonly Column<FlowRow>[] => [
  {
    name: "flow",
    head: "Flow",
    key: flowName,
    cell: (row) => (
      <>
        {row.strategy} <small class="beside">{row.venue}</small>
        <small class="narrow">{row.venue}</small>
      </>
    ),
  },
  ...HORIZONS.map((horizon): Column<FlowRow> => ({
    name: horizon,
    head: horizon.replace("s", " s"),
    figure: true,
    key: (row) => row[period].markouts[horizon] ?? null,
    cell: (row) => <Markout ratio={row[period].markouts[horizon]} />,
  })),
];

const COLUMNS: Record<Period, readonly Column<FlowRow>[]> = {
  window: columns("window"),
  day: columns("day"),
};

/** Where the mid went after our fills; above zero is good for us. */
export function MarkoutsCard({ period }: { period: Period }) {
  const window = topic("execution").value.value?.window_s ?? null;
  const since = period === "day" ? "today" : window === null ? "" : `last ${span(window)}`;
  return (
    <Card title="Markouts" note={`mean, bp; above zero is good for us; ${since}`} width="w6">
      <Known of={topic("execution")}>
        {(answer) => (
          <>
            <dl class="horizons">
              {HORIZONS.map((horizon) => (
                <div key={horizon}>
                  <dt>all, {horizon.replace("s", " s")}</dt>
                  <dd>
                    <Markout ratio={wholeOf(answer, period).markouts[horizon]} />
                  </dd>
                </div>
              ))}
            </dl>
            <Table
              name="markouts"
              label="The mid after fills, by flow"
              rows={answer.flows}
              columns={COLUMNS[period]}
              identity={flowName}
              empty="No order was reported yet."
              height={300}
            />
          </>
        )}
      </Known>
    </Card>
  );
}
