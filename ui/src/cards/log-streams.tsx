import type { LogStreamRow } from "../answers.ts";
import { bytes, span } from "../format.ts";
import { LOG_LOOKS } from "../health.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";
import { StateChip } from "./state-chip.tsx";

/** The worst first. */
const ORDER: readonly LogStreamRow["state"][] = ["unreadable", "missing", "ended", "followed"];

const COLUMNS: readonly Column<LogStreamRow>[] = [
  {
    name: "stream",
    head: "Stream",
    key: (row) => row.stream,
    cell: (row) => (
      <>
        {row.stream} <small class="beside">{row.service}</small>
        {row.detail !== "" && <small class="why warn">{row.detail}</small>}
      </>
    ),
  },
  {
    name: "state",
    head: "State",
    key: (row) => ORDER.indexOf(row.state),
    cell: (row) => (
      <StateChip
        state={row.state}
        look={LOG_LOOKS[row.state]}
        {...(row.path === null ? {} : { title: row.path })}
      />
    ),
  },
  {
    name: "behind",
    head: "Not read yet",
    figure: true,
    key: (row) => row.behind_bytes,
    cell: (row) => (
      <Figure
        text={row.behind_bytes === null ? null : bytes(row.behind_bytes)}
        why="how much is left of the file is not known"
      />
    ),
  },
  {
    name: "stored",
    head: "Kept",
    figure: true,
    wide: true,
    key: (row) => row.stored_bytes,
    cell: (row) => bytes(row.stored_bytes),
  },
];

/** The logs that are followed, and what is wrong with any. */
export const LogStreamsCard = () => (
  <Card title="Logs" note={<Kept />}>
    <Known of={topic("log_streams")}>
      {({ streams, trouble }) => (
        <>
          {trouble !== "" && <p class="warn">Nothing can be written: {trouble}</p>}
          <Table
            name="streams"
            label="Logs that are followed"
            rows={streams}
            columns={COLUMNS}
            identity={({ stream }) => stream}
            order="state"
            empty="No log is followed."
            height={260}
          />
        </>
      )}
    </Known>
  </Card>
);

function Kept() {
  const { value } = topic("log_streams").value;
  if (value === undefined) return <></>;
  const { stored_bytes, max_bytes, keep_s } = value;
  return <>{`${bytes(stored_bytes)} of ${bytes(max_bytes)} kept, for ${span(keep_s)} at most`}</>;
}
