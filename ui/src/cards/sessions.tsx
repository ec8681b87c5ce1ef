import type { SessionRow } from "../answers.ts";
import { count, elapsed, words } from "../format.ts";
import { SESSION_LOOKS } from "../health.ts";
import { Card } from "../parts/card.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";
import { StateChip } from "./state-chip.tsx";

const COLUMNS: readonly Column<SessionRow>[] = [
  {
    name: "venue",
    head: "Venue",
    key: (row) => row.venue,
    cell: (row) => (
      <>
        {row.venue} <small class="beside">{row.session}</small>
      </>
    ),
  },
  {
    name: "state",
    head: "State",
    key: (row) => row.state,
    cell: (row) => (
      <StateChip
        state={row.state}
        look={SESSION_LOOKS[row.state]}
        {...(row.reason === "" ? {} : { title: words(row.reason) })}
      />
    ),
  },
  {
    name: "since",
    head: "For",
    figure: true,
    room: 10,
    key: (row) => row.in_state_s,
    cell: (row) => elapsed(row.in_state_s),
  },
  {
    name: "logons",
    head: "Logons",
    figure: true,
    wide: true,
    key: (row) => row.logons,
    cell: (row) => count(row.logons),
  },
  {
    name: "drops",
    head: "Drops",
    figure: true,
    wide: true,
    key: (row) => row.drops,
    cell: (row) => count(row.drops),
  },
];

const identity = (row: SessionRow): string => `${row.venue}/${row.session}`;

/** The sessions with venues. */
export const SessionsCard = () => (
  <Card title="Sessions" note="with venues" width="w6">
    <Known of={topic("feeds")}>
      {({ sessions }) => (
        <Table
          name="sessions"
          label="Sessions by venue"
          rows={sessions}
          columns={COLUMNS}
          identity={identity}
          empty="No session was reported yet."
          height={260}
        />
      )}
    </Known>
  </Card>
);
