import { computed, useSignalEffect, useSignal } from "@preact/signals";
import type { BreakerRow, BreakersAnswer } from "../answers.ts";
import { round } from "../decimal.ts";
import { elapsed, exact, moment, reason, share, words } from "../format.ts";
import { nearest, type Places } from "../nearest.ts";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";
import { Meter } from "../parts/meter.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Known } from "../parts/state.tsx";
import { topic } from "../store.ts";

const keyOf = ({ breaker, account, strategy }: BreakerRow): string =>
  [breaker, account, strategy].join("/");

const scopeOf = ({ account, strategy }: BreakerRow): string =>
  [account, strategy].filter(Boolean).join(" · ");

let places: Places = new Map();

/** Those that are not closed first, then the nearest; those that can't be known come last. */
const inOrder = computed((): BreakerRow[] => {
  const rows = topic("breakers").value.value?.breakers ?? [];
  const [order, next] = nearest(rows, places, (row) => [
    keyOf(row),
    { state: row.state === "closed" ? "ok" : "breached", ratio: row.nearness.ratio ?? -1 },
  ]);
  places = next;
  return order;
});

/** Breakers, what trips each and how near that is, and whatever else keeps the desk from trading. */
export function Breakers() {
  // What comes up slides there.
  useSlide(inOrder.value.map(keyOf).join());
  return (
    <Known of={topic("breakers")}>
      {(answer) =>
        answer.breakers.length === 0 && answer.kill_switches.length === 0 ? (
          <Empty>No breaker was reported yet.</Empty>
        ) : (
          <ul class="breakers" tabIndex={0} aria-label="Breakers and switches">
            <Stops answer={answer} />
            {inOrder.value.map((row) => (
              <Breaker key={keyOf(row)} row={row} now={answer.as_of} />
            ))}
          </ul>
        )
      }
    </Known>
  );
}

interface LineProps {
  name: string;
  state: BreakerRow["state"];
  /** The state in a word. */
  word: string;
  says: string;
  title?: string;
  /** How near it is; null where it can't be known, or where that is not the question any more. */
  ratio?: number | null;
}

/** Two lines, whatever the state: what opens or closes moves nothing. */
function Line({ name, state, word, says, title = says, ratio = null }: LineProps) {
  const [icon, weight] = LOOKS[state];
  return (
    <li class={ratio !== null && ratio >= NEAR ? `${state} near` : state} title={title}>
      <span>{name}</span>
      {ratio !== null && <b>{share(ratio)}</b>}
      <em>
        <Icon name={icon} size={12} weight={weight} />
        {word}
      </em>
      <small>{says}</small>
      {ratio !== null && <Meter label={`${name}: how near`} ratio={ratio} marks={[NEAR, HIGH]} />}
    </li>
  );
}

const LOOKS = { closed: ["dot", 9], half_open: ["ring", 4], open: ["cross", 4] } as const;

/** What was measured so long ago says when. */
const OLD_S = 60;

const STATES = { closed: "Closed", half_open: "Half open", open: "OPEN" } as const;

/** From these parts of its limit on a breaker is near to opening, and very near. */
const [NEAR, HIGH] = [0.7, 0.9];

function Breaker({ row, now }: { row: BreakerRow; now: number }) {
  const { breaker, state, nearness, flapping } = row;
  const says =
    state === "closed"
      ? measured(row, now)
      : [history(row), scopeOf(row)].filter(Boolean).join(", ");
  return (
    <Line
      name={breaker}
      state={state}
      word={STATES[state]}
      says={flapping ? `flapping; ${says}` : says}
      title={[measured(row, now), history(row), `since ${moment(row.since)}`].join("; ")}
      ratio={state === "closed" ? nearness.ratio : null}
    />
  );
}

/** What trips a breaker, and what is found against where it opens. */
function measured({ nearness }: BreakerRow, now: number): string {
  const { watches, used, limit, told_at, why } = nearness;
  const what = watches === "" ? "" : words(watches);
  const age = told_at === null ? 0 : (now - told_at) / 1e9;
  if (used !== null && limit !== null) {
    const since = age > OLD_S ? `, ${elapsed(age)} ago` : "";
    return `${what} ${brief(used)} of ${brief(limit)}${since}`.trim();
  }
  return [what, reason(why)].filter(Boolean).join(": ");
}

/** All digits, but of what is large not those that nobody reads. */
const brief = (digits: string): string =>
  exact(/\d{3,}\.\d{3}/.test(digits) ? round(digits, 2) : digits);

/** What opened it and how long ago; of one that never opened, how long it has been closed. */
function history({ state, tripped, in_state_s }: BreakerRow): string {
  if (tripped === null) return "never tripped";
  const found =
    tripped.value !== null && tripped.limit !== null
      ? ` ${exact(tripped.value)} of ${exact(tripped.limit)}`
      : "";
  const cause = words(tripped.cause) + found;
  return state === "closed"
    ? `${moment(tripped.time)} ${cause}`
    : `${cause}, ${elapsed(in_state_s)}`;
}

/** Kill switches and dead-man timers. There is always a line for each: nothing is pushed down later. */
function Stops({ answer: { kill_switches: switches, dead_man_timers: timers } }: StopsProps) {
  const expired = timers.filter(({ left_s }) => left_s !== null && left_s < 0);
  return (
    <>
      {switches.length === 0 && (
        <Line name="Kill switch" state="closed" word="Not used" says="none was reported" />
      )}
      {switches.map(({ scope, account, engaged, cause, actor, since }) => (
        <Line
          key={`${scope}/${account}`}
          name={`Kill switch, ${account === "" ? scope : account}`}
          state={engaged ? "open" : "closed"}
          word={engaged ? "ENGAGED" : "Released"}
          says={[words(cause), `by ${actor}`, `since ${moment(since)}`].filter(isTold).join(", ")}
        />
      ))}
      {timers.length > 0 && (
        <Line
          name="Dead-man timers"
          state={expired.length > 0 ? "open" : "closed"}
          word={expired.length > 0 ? "EXPIRED" : "Running"}
          says={(expired.length > 0 ? expired : timers)
            .map(({ timer, venue, account }) => [timer, venue, account].filter(Boolean).join(" "))
            .join(", ")}
        />
      )}
    </>
  );
}

interface StopsProps {
  answer: BreakersAnswer;
}

const isTold = (part: string): boolean => !part.endsWith("unrecorded");

export const BreakersCard = () => (
  <Card title="Circuit breakers" note={<Watched />}>
    <Breakers />
    <Announcer />
  </Card>
);

function Watched() {
  const { value } = topic("breakers").value;
  return <>{value === undefined ? "" : `${value.breakers.length} watched`}</>;
}

/** Reads aloud that a breaker opened or closed, and nothing else: figures would never stop. */
function Announcer() {
  const said = useSignal("");
  const before = useSignal<ReadonlyMap<string, string>>(new Map());
  useSignalEffect(() => {
    const rows = topic("breakers").value.value?.breakers ?? [];
    const changed = rows.filter(
      (row) => (before.peek().get(keyOf(row)) ?? row.state) !== row.state,
    );
    if (changed.length > 0)
      said.value = changed
        .map((row) => `${row.breaker} ${scopeOf(row)}: ${STATES[row.state]}`)
        .join(", ");
    before.value = new Map(rows.map((row) => [keyOf(row), row.state]));
  });
  return (
    <p class="aloud" aria-live="assertive">
      {said}
    </p>
  );
}
