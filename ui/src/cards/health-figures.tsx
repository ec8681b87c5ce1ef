import type { ReadonlySignal } from "@preact/signals";
import type { FeedsAnswer, HealthAnswer, ServicesAnswer, StatusAnswer } from "../answers.ts";
import { bytes, count, counted, decimal, duration, words } from "../format.ts";
import { unjudged } from "../health.ts";
import { said, Tile, Tiles, type Said } from "../parts/tile.tsx";
import { ranked } from "../ranked.ts";
import { topic, type Topic } from "../store.ts";

interface FigureProps<T> {
  label: string;
  of: ReadonlySignal<Topic<T>>;
  say: (answer: T) => Said;
}

const Figure = <T,>({ label, of, say }: FigureProps<T>) => (
  <Tile label={label} {...said(of.value, say)} />
);

/** Whether what the desk relies on is there, and the monitor itself. */
export const HealthFigures = () => (
  <Tiles>
    <Figure label="Services" of={topic("services")} say={services} />
    <Figure label="Feeds" of={topic("feeds")} say={feeds} />
    <Figure label="Sessions" of={topic("feeds")} say={sessions} />
    <Figure label="Events a second" of={topic("status")} say={events} />
    <Figure label="Refused events" of={topic("status")} say={refused} />
    <Figure label="Journal" of={topic("status")} say={journal} />
    <Figure label="Event to books" of={topic("health")} say={lag} />
  </Tiles>
);

/** So many of so many, and which ones are not. */
function all(total: number, bad: readonly string[], none: string, good: string): Said {
  if (total === 0) return { value: null, note: none };
  if (bad.length === 0) return { value: `All ${count(total)}`, note: good, tone: "pos" };
  return { value: `${count(bad.length)} of ${count(total)}`, note: bad.join(", "), tone: "neg" };
}

const services = ({ services }: ServicesAnswer): Said =>
  all(
    services.length,
    services
      .filter(({ state }) => state === "down" || state === "late")
      .map(({ service, state }) => `${service} ${state}`),
    "no heartbeat yet",
    "up, or stopped on purpose",
  );

function feeds({ channels }: FeedsAnswer): Said {
  const found = all(
    channels.length,
    channels
      .filter(({ whole }) => whole.verdict === "stale" || whole.verdict === "disconnected")
      .map(({ venue, channel, whole }) => `${venue} ${channel} ${whole.verdict}`),
    "no feed yet",
    "none stale, none cut off",
  );
  const unknown = unjudged(channels);
  if (unknown === 0 || found.tone !== "pos") return found;
  return { ...found, note: `${count(unknown)} of them can't be judged yet`, tone: "" };
}

const sessions = ({ sessions }: FeedsAnswer): Said =>
  all(
    sessions.length,
    sessions
      .filter(({ state }) => state !== "logged_on" && state !== "logged_out")
      .map(({ venue, state }) => `${venue} ${words(state)}`),
    "no session yet",
    "logged on, or logged out",
  );

const events = ({ events }: StatusAnswer): Said => ({
  value: decimal(events.per_second, events.per_second < 10 ? 1 : 0),
  note: `${count(events.total)} booked`,
});

function refused({ refused }: StatusAnswer): Said {
  if (refused.total === 0) return { value: "None", note: "every event was booked", tone: "pos" };
  const [first] = ranked(refused.by_reason);
  const note = first === undefined ? "" : `mostly ${words(first.name)}`;
  return { value: count(refused.total), note, tone: "warn" };
}

function journal({ journal }: StatusAnswer): Said {
  const note =
    journal.detail === ""
      ? `${bytes(journal.bytes)} in ${counted(journal.segments, "segment")}`
      : journal.detail;
  if (journal.state === "ok") return { value: "Written", note, tone: "pos" };
  return {
    value: words(journal.state),
    note,
    tone: journal.state === "replaying" ? "warn" : "neg",
  };
}

function lag({ engine }: HealthAnswer): Said {
  if (engine.ingest_lag_s === null) return { value: null, note: "nothing was measured yet" };
  const waits = engine.ingest_backlog_bytes;
  const note = waits === 0 ? "nothing waits" : `${bytes(waits)} wait`;
  return { value: duration(engine.ingest_lag_s * 1e9), note };
}
