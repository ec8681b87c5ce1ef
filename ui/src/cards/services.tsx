import type { ServiceRow } from "../answers.ts";
import { count, elapsed, duration } from "../format.ts";
import { SERVICE_LOOKS } from "../health.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";
import { StateChip } from "./state-chip.tsx";

/** As the engine orders them: what is down or late comes first. */
const BADNESS: readonly ServiceRow["state"][] = ["down", "late", "up", "stopped"];

const COLUMNS: readonly Column<ServiceRow>[] = [
  {
    name: "service",
    head: "Service",
    key: (row) => row.service,
    cell: (row) => (
      <>
        {row.service} <small>{row.host}</small>
      </>
    ),
  },
  {
    name: "state",
    head: "State",
    key: (row) => BADNESS.indexOf(row.state),
    cell: (row) => <StateChip state={row.state} look={SERVICE_LOOKS[row.state]} />,
  },
  {
    name: "age",
    head: "Heartbeat",
    figure: true,
    room: 7,
    key: (row) => row.age_s,
    cell: (row) => (
      <>
        <Figure text={row.age_s === null ? null : duration(row.age_s * 1e9)} why="it was stopped" />
        {row.interval_s !== null && (
          <small class="beside"> of {duration(row.interval_s * 1e9)}</small>
        )}
      </>
    ),
  },
  {
    name: "uptime",
    head: "Up for",
    figure: true,
    room: 10,
    wide: true,
    key: (row) => row.uptime_s,
    cell: (row) => (
      <Figure
        text={row.uptime_s === null ? null : elapsed(row.uptime_s)}
        why={`it is ${row.state}`}
      />
    ),
  },
  {
    name: "restarts",
    head: "Restarts",
    figure: true,
    wide: true,
    key: (row) => row.restarts,
    cell: (row) => count(row.restarts),
  },
  {
    name: "outages",
    head: "Outages",
    figure: true,
    wide: true,
    key: (row) => row.outages,
    cell: (row) => count(row.outages),
  },
];

const identity = (row: ServiceRow): string => `${row.service}@${row.host}`;

/** The platform's services by their heartbeats. */
export const ServicesCard = () => (
  <Card title="Services" note="by their heartbeats" width="w6">
    <Known of={topic("services")}>
      {({ services }) => (
        <Table
          name="services"
          label="The platform's services"
          rows={services}
          columns={COLUMNS}
          identity={identity}
          empty="No service has sent a heartbeat yet."
          height={260}
        />
      )}
    </Known>
  </Card>
);
