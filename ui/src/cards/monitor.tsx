import type { EngineHealth, StatusAnswer } from "../answers.ts";
import { bytes, count, counted, duration, elapsed, moment, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Facts, type Fact } from "../parts/facts.tsx";
import { Figure } from "../parts/figure.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { Tally } from "../parts/tally.tsx";
import { ranked } from "../ranked.ts";
import { topic } from "../store.ts";

/** deskwatch itself: whether it takes in what comes, keeps it, and keeps up. */
export const MonitorCard = () => (
  <Card title="The monitor itself" width="w4">
    <Known of={topic("status")}>{(status) => <Facts of={ofStatus(status)} />}</Known>
    <Known of={topic("health")}>{({ engine }) => <Facts of={ofEngine(engine)} />}</Known>
  </Card>
);

function ofStatus(status: StatusAnswer): Fact[] {
  const missing = status.sources.filter((source) => source.missing > 0);
  return [
    { name: "Version", value: status.version },
    { name: "Started", value: `${moment(status.started_at)}, up ${elapsed(status.uptime_s)}` },
    {
      name: "Ready",
      value: status.ready ? "yes" : <span class="warn">not yet</span>,
    },
    {
      name: "Journal",
      value: `${words(status.journal.state)}, ${bytes(status.journal.bytes)}`,
    },
    { name: "Came twice", value: `${counted(status.duplicates, "event")}, without effect` },
    {
      name: "Missing",
      value:
        missing.length === 0 ? (
          `none of ${counted(status.sources.length, "numbered source")}`
        ) : (
          <span class="warn">
            {missing.map((one) => `${count(one.missing)} of ${one.source}`).join(", ")}
          </span>
        ),
    },
    {
      name: "Without value",
      value: counted(status.unpriced_positions, "open position"),
    },
  ];
}

const measured = (seconds: number | null) => (
  <Figure text={seconds === null ? null : duration(seconds * 1e9)} why="nothing was measured yet" />
);

const ofEngine = (engine: EngineHealth): Fact[] => [
  { name: "Event to books", value: measured(engine.ingest_lag_s) },
  { name: "Waits", value: bytes(engine.ingest_backlog_bytes) },
  { name: "Loop delay", value: <>{measured(engine.loop_delay_s)} (99 of 100 turns)</> },
  { name: "Memory", value: bytes(engine.memory_bytes) },
  { name: "Open files", value: count(engine.open_files) },
  {
    name: "Clock",
    value: (
      <>
        {measured(engine.clock_apart_s)} apart,{" "}
        {engine.clock_steps === null
          ? "steps unknown"
          : `set ${counted(engine.clock_steps, "time")}`}
      </>
    ),
  },
];

/** What was booked, by kind. */
export const EventsCard = () => (
  <Card title="Events" note="booked, by kind" width="w5">
    <Known of={topic("status")}>
      {({ events }) =>
        events.total === 0 ? (
          <Empty>No event came yet.</Empty>
        ) : (
          <Tally
            label="Events by kind"
            rows={ranked(events.by_kind).map((row) => ({ ...row, name: words(row.name) }))}
          />
        )
      }
    </Known>
  </Card>
);

/** What was not booked, and why. */
export const RefusedCard = () => (
  <Card title="Refused events" note="by reason" width="w3">
    <Known of={topic("status")}>
      {({ refused }) =>
        refused.total === 0 ? (
          <Empty>Every event was booked.</Empty>
        ) : (
          <Tally
            label="Refused events by reason"
            rows={ranked(refused.by_reason).map((row) => ({ ...row, name: words(row.name) }))}
          />
        )
      }
    </Known>
  </Card>
);
