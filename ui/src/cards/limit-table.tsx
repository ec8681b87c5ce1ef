import type { LimitRow, MissingRow } from "../answers.ts";
import { share, words } from "../format.ts";
import { limitKey, usedOf, WORST } from "../nearest.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Meter } from "../parts/meter.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";
import { limitFigure, limitsInOrder, limitState, subject } from "./limits.tsx";

const columns = (marks: readonly number[]): readonly Column<LimitRow>[] => [
  {
    name: "limit",
    head: "Limit",
    key: (row) => row.limit,
    cell: (row) => (
      <>
        {words(row.limit)}
        <small class="narrow">{subject(row)}</small>
      </>
    ),
  },
  { name: "on", head: "On", wide: true, key: subject, cell: subject },
  {
    name: "state",
    head: "State",
    key: (row) => WORST[row.state],
    cell: (row) => <span class={`chip ${row.state}`}>{limitState(row)}</span>,
  },
  {
    name: "used",
    head: "Used",
    figure: true,
    wide: true,
    cell: (row) => (
      <Figure
        text={row.used === null ? null : limitFigure(row.used, row)}
        why="what is used is not known"
      />
    ),
  },
  {
    name: "value",
    head: "Limit",
    figure: true,
    wide: true,
    cell: (row) => limitFigure(row.value, row),
  },
  {
    name: "share",
    head: "Of limit",
    figure: true,
    key: usedOf,
    cell: (row) => {
      const ratio = usedOf(row);
      return <Figure text={ratio === null ? null : share(ratio)} why="what is used is not known" />;
    },
  },
  {
    name: "meter",
    head: "Use",
    wide: true,
    cell: (row) => (
      <div class={row.state}>
        <Meter
          label={`${words(row.limit)}, ${subject(row)}: used of the limit`}
          ratio={usedOf(row)}
          marks={marks}
        />
      </div>
    ),
  },
];

/** Made once for each set of marks: the table draws a row again where its columns are others. */
let made: { marks: string; columns: readonly Column<LimitRow>[] } | undefined;

function columnsFor(marks: readonly number[]): readonly Column<LimitRow>[] {
  if (made?.marks !== marks.join()) made = { marks: marks.join(), columns: columns(marks) };
  return made.columns;
}

/** Every limit, what is used of it, and where it is near, high and breached. */
export const LimitTableCard = () => (
  <Card title="Limits" note="marked where they are near, high and breached" width="w8">
    <Known of={limitsInOrder}>
      {({ limits, thresholds }) => (
        <Table
          name="limits"
          label="Limits and what is used of them"
          rows={limits}
          columns={columnsFor(
            [thresholds.near, thresholds.high, thresholds.breached]
              .map(Number)
              .filter((mark) => mark < 1),
          )}
          identity={limitKey}
          text={limitKey}
          filter="Filter limit, account, symbol"
          empty="No limit is set: nothing here is watched against one."
          height={460}
        />
      )}
    </Known>
  </Card>
);

/** Limits that should be there and are not: what has none is not unlimited. */
export const MissingCard = () => (
  <Card title="Missing limits" width="w4">
    <Known of={topic("limits")}>
      {({ missing }) =>
        missing.length === 0 ? (
          <p class="mute">
            Each account, strategy, venue and instrument has the limits that it must have.
          </p>
        ) : (
          <ul class="stops">
            {missing.map((row: MissingRow) => (
              <li key={limitKey({ ...row, currency: "" })}>
                <b>{words(row.limit)}</b> {subject(row)}
              </li>
            ))}
          </ul>
        )
      }
    </Known>
  </Card>
);
