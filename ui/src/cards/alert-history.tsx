import { after, labelsOf, logsAround } from "../alert.ts";
import type { AlertHistoryAnswer, EpisodeRow } from "../answers.ts";
import { clock, decimal, elapsed } from "../format.ts";
import type { Polled } from "../polled.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { Severity } from "./severity.tsx";

/** A time of the past: with its date, for it may be of another day. */
export function When({ at, why }: { at: number | null; why?: string }) {
  if (at === null) return <Figure text={null} why={why} />;
  const { date, time } = clock(at / 1e9);
  return (
    <time>
      <small>{date.slice(5)}</small> {time}
    </time>
  );
}

/** How long one thing took to follow another. */
function Later({ from, to, why }: { from: number | null; to: number | null; why: string }) {
  const seconds = after(from, to);
  const text =
    seconds === null ? null : seconds < 60 ? `${decimal(seconds, 1)} s` : elapsed(seconds);
  return <Figure text={text} why={why} />;
}

const severityOf = ({ labels }: EpisodeRow): string => labels["severity"] ?? "";
/** What tells it from others of its name. */
const subjectOf = ({ labels }: EpisodeRow): string =>
  labelsOf(labels)
    .map(([, value]) => value)
    .join(" · ");
const nameOf = ({ labels }: EpisodeRow): string => labels["alertname"] ?? "";

const COLUMNS: readonly Column<EpisodeRow>[] = [
  {
    name: "fired",
    head: "Fired",
    key: (row) => row.alert_time,
    cell: (row) => <When at={row.alert_time} />,
  },
  {
    name: "alert",
    head: "Alert",
    key: nameOf,
    cell: (row) => (
      <>
        <span title={nameOf(row)}>{nameOf(row)}</span>
        <small class="narrow">{subjectOf(row)}</small>
      </>
    ),
  },
  {
    name: "severity",
    head: "Severity",
    wide: true,
    key: severityOf,
    cell: (row) => <Severity of={severityOf(row)} />,
  },
  {
    name: "summary",
    head: "Summary",
    wide: true,
    cell: (row) => (
      <span class="long" title={row.summary}>
        {row.summary}
      </span>
    ),
  },
  {
    name: "after",
    head: "Event → alert",
    figure: true,
    wide: true,
    key: (row) => after(row.event_time, row.alert_time),
    cell: (row) => (
      <Later from={row.event_time} to={row.alert_time} why="no single event led to it" />
    ),
  },
  {
    name: "told",
    head: "Alert → told",
    figure: true,
    wide: true,
    key: (row) => after(row.alert_time, row.notify_time),
    cell: (row) => <Later from={row.alert_time} to={row.notify_time} why="nobody was told" />,
  },
  {
    name: "lasted",
    head: "Lasted",
    figure: true,
    key: (row) => after(row.alert_time, row.resolved_at),
    cell: (row) =>
      row.resolved_at === null ? (
        "fires"
      ) : (
        <Later from={row.alert_time} to={row.resolved_at} why="it still fires" />
      ),
  },
  {
    name: "logs",
    head: "Logs",
    cell: (row) => (
      <a
        href={logsAround(row.event_time ?? row.alert_time, row.resolved_at)}
        aria-label={`Logs around ${nameOf(row)}`}
      >
        logs
      </a>
    ),
  },
];

const identity = (row: EpisodeRow): string => `${row.fingerprint}/${row.alert_time}`;

const textOf = (row: EpisodeRow): string =>
  [nameOf(row), row.summary, ...Object.values(row.labels)].join(" ");

/** What fired lately: when its event was, when it fired, and when somebody was told. */
export const AlertHistoryCard = ({ of }: { of: Polled<AlertHistoryAnswer> }) => (
  <Card title="History" note="newest first">
    <Known of={of.answer}>
      {({ episodes }) => (
        <Table
          name="history"
          label="What fired lately"
          rows={episodes}
          columns={COLUMNS}
          identity={identity}
          text={textOf}
          filter="Filter name, label, text"
          empty="Nothing has fired yet."
          height={380}
        />
      )}
    </Known>
  </Card>
);
