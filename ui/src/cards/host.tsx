import type { HostHealth, ProcessHealth } from "../answers.ts";
import { bytes, count, elapsed, share } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Figure } from "../parts/figure.tsx";
import { Meter } from "../parts/meter.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { shownAt, topic } from "../store.ts";

/** From which share on a resource is marked; the rules that page have thresholds of their own. */
const MARK = 0.9;

/** The machine that deskwatch runs on, and the processes that it watches there. */
export const HostCard = () => (
  <Card title="This machine" width="w6">
    <Known of={topic("health")}>{({ host }) => <Host host={host} />}</Known>
  </Card>
);

function Host({ host }: { host: HostHealth }) {
  const free = host.disk_free_bytes === null ? "" : `, ${bytes(host.disk_free_bytes)} free`;
  const rest = (ratio: number | null): number | null => (ratio === null ? null : 1 - ratio);
  return (
    <ul class="resources">
      <Resource name="Processors busy" ratio={host.cpu_ratio} />
      <Resource name="Load, of processors" ratio={host.load_ratio} />
      <Resource name="Memory used" ratio={rest(host.memory_available_ratio)} />
      <Resource name={`Disk used${free}`} ratio={rest(host.disk_free_ratio)} />
    </ul>
  );
}

const Resource = ({ name, ratio }: { name: string; ratio: number | null }) => (
  <li class={ratio !== null && ratio >= MARK ? "high" : ""}>
    <span>{name}</span>
    <b class={ratio !== null && ratio >= MARK ? "warn" : ""}>
      <Figure text={ratio === null ? null : share(ratio)} why="the machine does not tell" />
    </b>
    <Meter label={name} ratio={ratio} marks={[MARK]} />
  </li>
);

const missing = "it does not run";

/** Time goes on also where nothing else of a process changes, and its row is passed over. */
const RunsFor = ({ since }: { since: number | null }) => (
  <Figure text={since === null ? null : elapsed((shownAt.value - since) / 1e9)} why={missing} />
);

const COLUMNS: readonly Column<ProcessHealth>[] = [
  { name: "process", head: "Process", key: (row) => row.process },
  {
    name: "state",
    head: "State",
    key: (row) => Number(row.running),
    cell: (row) =>
      row.running ? (
        <Chip tone="good" icon="dot">
          running
        </Chip>
      ) : (
        <Chip tone="bad" icon="cross">
          missing
        </Chip>
      ),
  },
  {
    name: "for",
    head: "For",
    figure: true,
    room: 10,
    key: (row) => row.start_time ?? null,
    cell: ({ start_time }) => <RunsFor since={start_time ?? null} />,
  },
  {
    name: "cpu",
    head: "CPU time",
    figure: true,
    wide: true,
    key: (row) => row.cpu_s ?? null,
    cell: ({ cpu_s }) => <Figure text={cpu_s == null ? null : elapsed(cpu_s)} why={missing} />,
  },
  {
    name: "memory",
    head: "Memory",
    figure: true,
    key: (row) => row.memory_bytes ?? null,
    cell: ({ memory_bytes }) => (
      <Figure text={memory_bytes == null ? null : bytes(memory_bytes)} why={missing} />
    ),
  },
  {
    name: "files",
    head: "Open files",
    figure: true,
    wide: true,
    key: (row) => row.open_files ?? null,
    cell: ({ open_files }) => (
      <Figure text={open_files == null ? null : count(open_files)} why={missing} />
    ),
  },
];

export const ProcessesCard = () => (
  <Card title="Processes" note="that deskwatch.toml names" width="w6">
    <Known of={topic("health")}>
      {({ processes }) => (
        <Table
          name="processes"
          label="Watched processes"
          rows={processes}
          columns={COLUMNS}
          identity={(row) => row.process}
          empty="No process is named in [processes] of deskwatch.toml."
          height={240}
        />
      )}
    </Known>
  </Card>
);
