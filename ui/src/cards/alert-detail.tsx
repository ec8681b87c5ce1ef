import { after, logsAround, runbookOf, valueText } from "../alert.ts";
import type { AlertRow } from "../answers.ts";
import { decimal, elapsed, moment } from "../format.ts";
import { Facts, type Fact } from "../parts/facts.tsx";
import { Figure } from "../parts/figure.tsx";
import { Runbook } from "./runbook.tsx";

/** All that is known of an alert, and what to do about it. */
export function AlertDetail({ alert }: { alert: AlertRow }) {
  return (
    <div class="detail">
      <div>
        <Facts of={factsOf(alert)} />
        <p>
          <a href={logsAround(alert.active_at, alert.resolved_at)}>The logs around it</a>
        </p>
      </div>
      <Runbook
        name={runbookOf(alert.annotations["runbook_url"])}
        address={alert.annotations["runbook_url"]}
      />
    </div>
  );
}

function factsOf(alert: AlertRow): Fact[] {
  const { value, event_time, active_at, fired_at, acknowledged, generator } = alert;
  const late = after(event_time, fired_at);
  return [
    {
      name: "Value",
      value: (
        <Figure
          text={value === null ? null : valueText(value)}
          why="the expression gives no finite number"
        />
      ),
    },
    {
      name: "Event",
      value: (
        <Figure
          text={event_time === null ? null : moment(event_time)}
          why="no single event led to it"
        />
      ),
    },
    { name: "Holds since", value: moment(active_at) },
    {
      name: "Fires since",
      value: (
        <>
          <Figure text={fired_at === null ? null : moment(fired_at)} why="it is pending" />
          {late !== null && <small> {later(late)} the event</small>}
        </>
      ),
    },
    {
      name: "Acknowledged",
      value: acknowledged === null ? "by nobody" : `${acknowledged.by}, ${moment(acknowledged.at)}`,
    },
    { name: "Rule", value: generator },
  ];
}

const later = (seconds: number): string =>
  seconds < 60 ? `${decimal(seconds, 1)} s after` : `${elapsed(seconds)} after`;
