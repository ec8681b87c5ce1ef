import { useRef } from "preact/hooks";
import { isOpen, labelsOf, textOf } from "../alert.ts";
import { send, session } from "../api.ts";
import type { AcknowledgeAnswer, AlertRow } from "../answers.ts";
import { useDoing } from "../doing.ts";
import { elapsed, moment, timeOfDay } from "../format.ts";
import { Action, Refused } from "../parts/action.tsx";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Known } from "../parts/state.tsx";
import { param, setParams } from "../route.ts";
import { shownAt, topic } from "../store.ts";
import { AlertDetail } from "./alert-detail.tsx";
import { Severity, severityClass } from "./severity.tsx";
import { SilenceButton } from "./silence-dialog.tsx";

/** What fires and what is about to, worst first, as the engine orders them. */
export const OpenAlertsCard = () => (
  <Card title="Firing and pending" note="worst first" actions={<Search />}>
    <Known of={topic("alerts")}>{({ alerts }) => <List alerts={alerts.filter(isOpen)} />}</Known>
  </Card>
);

const FILTER = "alerts.filter";
const CHOSEN = "alert";

const Search = () => (
  <input
    class="field"
    type="search"
    placeholder="Filter name, label, text"
    aria-label="Filter alerts"
    value={param(FILTER)}
    onInput={(event) => setParams({ [FILTER]: event.currentTarget.value })}
  />
);

function List({ alerts }: { alerts: readonly AlertRow[] }) {
  const words = param(FILTER).toLowerCase().split(/\s+/).filter(Boolean);
  const found = alerts.filter((alert) => {
    const text = textOf(alert).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  useSlide(found.map(({ fingerprint, state }) => fingerprint + state).join());
  if (alerts.length === 0) return <Empty>Nothing fires, and nothing is about to.</Empty>;
  if (found.length === 0) return <Empty>No alert has “{param(FILTER)}” in it.</Empty>;
  const pending = found.filter(({ state }) => state === "pending");
  const firing = found.filter(({ state }) => state === "firing");
  return (
    <>
      {firing.length === 0 ? <Empty>Nothing of this fires.</Empty> : <Lines of={firing} />}
      {pending.length > 0 && (
        <details class="pending" open={firing.length === 0 || pending.some(isChosen)}>
          <summary>{pending.length} pending: they hold, but not yet for long enough</summary>
          <Lines of={pending} />
        </details>
      )}
    </>
  );
}

const isChosen = ({ fingerprint }: AlertRow): boolean => param(CHOSEN) === fingerprint;

const Lines = ({ of }: { of: readonly AlertRow[] }) => (
  <ul class="alerts">
    {of.map((alert) => (
      <Alert key={alert.fingerprint} alert={alert} />
    ))}
  </ul>
);

function Alert({ alert }: { alert: AlertRow }) {
  const chosen = isChosen(alert);
  const quiet = alert.silenced_by?.length || alert.inhibited || alert.acknowledged !== null;
  const look = [severityClass(alert.severity), alert.state, quiet ? "quiet" : ""].join(" ");
  return (
    <li class={look}>
      <div class="line">
        <button
          class="what"
          aria-expanded={chosen}
          onClick={() => setParams({ [CHOSEN]: chosen ? "" : alert.fingerprint })}
        >
          <Icon name="open" size={16} weight={2.4} />
          <span class="name">
            <b>{alert.name}</b>
            <Severity of={alert.severity} />
            <States alert={alert} />
            <LabelList alert={alert} />
          </span>
          <span class="summary">{alert.annotations["summary"] ?? "says nothing more"}</span>
        </button>
        <Since alert={alert} />
        <Acts alert={alert} />
      </div>
      {chosen && <AlertDetail alert={alert} />}
    </li>
  );
}

/** What else holds of it: that nobody is told, and why. */
function States({ alert }: { alert: AlertRow }) {
  const { acknowledged, silenced_by, inhibited, flapping, state } = alert;
  return (
    <>
      {state === "pending" && (
        <Chip icon="ring" title="Holds, but not yet for as long as its rule asks">
          pending
        </Chip>
      )}
      {acknowledged !== null && (
        <Chip icon="check" title={`Acknowledged ${moment(acknowledged.at)}`}>
          seen by {acknowledged.by}
        </Chip>
      )}
      {silenced_by !== null && silenced_by.length > 0 && <Chip icon="silence">silenced</Chip>}
      {inhibited === true && (
        <Chip icon="silence" title="Another alert explains it: nobody is told of this one">
          explained by another
        </Chip>
      )}
      {(silenced_by === null || inhibited === null) && (
        <Chip icon="ring" title="Alertmanager, which keeps silences, does not answer">
          silenced or not: unknown
        </Chip>
      )}
      {flapping && (
        <Chip tone="warn" icon="warning" title="Comes and goes; it is held as firing">
          flapping
        </Chip>
      )}
    </>
  );
}

function Since({ alert }: { alert: AlertRow }) {
  const since = alert.fired_at ?? alert.active_at;
  return (
    <time class="since" title={moment(since)}>
      {elapsed((shownAt.value - since) / 1e9)}
      <small>since {timeOfDay(since)}</small>
    </time>
  );
}

const LabelList = ({ alert }: { alert: AlertRow }) => (
  <span class="labels">
    {labelsOf(alert.labels).map(([name, value]) => (
      <span key={name}>
        <small>{name}</small> {value}
      </span>
    ))}
  </span>
);

/** Whoever is told of an alert acknowledges it, with all that it is told together with. */
function Acts({ alert }: { alert: AlertRow }) {
  const doing = useDoing();
  const box = useRef<HTMLDivElement>(null);
  // The button that was pressed goes, at the answer or at the news: whoever works by keyboard stays
  // at its line, unless they went on.
  const stay = (): void => {
    const at = document.activeElement;
    if (at === document.body || box.current?.contains(at))
      box.current?.closest("li")?.querySelector<HTMLElement>(".what")?.focus();
  };
  const acknowledge = async (): Promise<void> => {
    const { not_open } = await send<AcknowledgeAnswer>("POST", "/api/v1/alerts/acknowledge", {
      fingerprints: [alert.fingerprint],
      author: session.peek()?.name ?? "",
    });
    if (not_open.length > 0) throw new Error("Nobody is told of it now: nothing to acknowledge.");
  };
  return (
    <div class="acts" ref={box}>
      {alert.group_key !== null && alert.acknowledged === null && (
        <Action doing={doing} label={`Acknowledge ${alert.name}`} what={acknowledge} onDone={stay}>
          Acknowledge
        </Action>
      )}
      <SilenceButton labels={alert.labels} />
      <Refused doing={doing} />
    </div>
  );
}
