import type { AlertRow, AlertsAnswer } from "../answers.ts";
import { isOpen } from "../alert.ts";
import { count, elapsed } from "../format.ts";
import { said, Tile, Tiles, type Said } from "../parts/tile.tsx";
import { topic } from "../store.ts";

/** How many alerts there are of each kind, and whether rules and notifications work. */
export function AlertFigures() {
  const answer = topic("alerts").value;
  return (
    <Tiles>
      <Tile label="Firing" {...said(answer, firing)} />
      <Tile label="Pending" {...said(answer, pending)} />
      <Tile label="Acknowledged" {...said(answer, acknowledged)} />
      <Tile label="Silenced" {...said(answer, silenced)} />
      <Tile label="Rules" page="/health" {...said(answer, rules)} />
      <Tile label="Notifications" page="/health" {...said(answer, channels)} />
    </Tiles>
  );
}

const fires = ({ state }: AlertRow): boolean => state === "firing";

function firing({ alerts }: AlertsAnswer): Said {
  const found = alerts.filter(fires);
  if (found.length === 0) return { value: "None", note: "nothing fires", tone: "pos" };
  const pages = found.filter(({ severity }) => severity === "page").length;
  const note =
    pages === 0 ? "none of them pages" : `${pages} of them ${pages === 1 ? "pages" : "page"}`;
  return { value: count(found.length), note, tone: pages > 0 ? "neg" : "warn" };
}

function pending({ alerts }: AlertsAnswer): Said {
  const found = alerts.filter(({ state }) => state === "pending");
  return { value: count(found.length), note: "hold, not yet long enough" };
}

function acknowledged({ alerts }: AlertsAnswer): Said {
  const open = alerts.filter(isOpen);
  const seen = open.filter((alert) => alert.acknowledged !== null).length;
  return { value: count(seen), note: `of ${open.length} open` };
}

function silenced({ alerts }: AlertsAnswer): Said {
  const open = alerts.filter(isOpen);
  if (open.some(({ silenced_by }) => silenced_by === null))
    return { value: null, note: "Alertmanager does not answer", tone: "warn" };
  const quiet = open.filter((alert) => (alert.silenced_by?.length ?? 0) > 0).length;
  const explained = open.filter(({ inhibited }) => inhibited === true).length;
  return { value: count(quiet), note: `${explained} explained by others` };
}

function rules({ rules }: AlertsAnswer): Said {
  if (!rules.ok) return { value: count(rules.loaded), note: rules.error, tone: "neg" };
  const left = rules.unsupported.length;
  const note = left === 0 ? "all of them evaluated here" : `${left} left to Prometheus`;
  return { value: count(rules.loaded), note };
}

function channels({ channels }: AlertsAnswer): Said {
  const troubled = channels.find(({ trouble }) => trouble !== null);
  if (troubled !== undefined)
    return { value: "Failing", note: `${troubled.name}: ${troubled.trouble}`, tone: "neg" };
  if (channels.length === 0)
    return { value: "None", note: "no channel: nobody is told", tone: "warn" };
  const waiting = channels.reduce((sum, { queue }) => sum + queue, 0);
  const oldest = Math.max(...channels.map(({ oldest_s }) => oldest_s));
  const names = channels.map(({ name }) => name).join(", ");
  if (waiting === 0) return { value: "All told", note: names, tone: "pos" };
  return { value: `${count(waiting)} wait`, note: `the oldest for ${elapsed(oldest)}` };
}
