import { useSignalEffect, useSignal } from "@preact/signals";
import type { BreakerRow, BreakersAnswer } from "../answers.ts";
import { elapsed, exact, moment, reason, share, timeOfDay, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";
import { Meter } from "../parts/meter.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Known } from "../parts/state.tsx";
import { topic } from "../store.ts";

/** Breakers, what trips each and how near that is, and whatever else keeps the desk from trading. */
export function Breakers() {
  // Those that are open come first: what comes up slides there.
  useSlide((topic("breakers").value.value?.breakers ?? []).map(({ breaker }) => breaker).join());
  return (
    <Known of={topic("breakers")}>
      {(answer) =>
        answer.breakers.length === 0 && answer.kill_switches.length === 0 ? (
          <Empty>No breaker was reported yet.</Empty>
        ) : (
          <>
            <KillSwitches answer={answer} />
            <ul class="breakers">
              {answer.breakers.map((row) => (
                <Breaker
                  key={[row.breaker, row.account, row.strategy].join("/")}
                  row={row}
                  now={answer.as_of}
                />
              ))}
            </ul>
          </>
        )
      }
    </Known>
  );
}

/** What was measured so long ago says when. */
const OLD_S = 60;

const STATES = { closed: "Closed", half_open: "Half open", open: "OPEN" } as const;

/** From these parts of its limit on a breaker is near to opening, and very near. */
const [NEAR, HIGH] = [0.7, 0.9];

function Breaker({ row, now }: { row: BreakerRow; now: number }) {
  const scope = [row.account, row.strategy].filter(Boolean).join(" · ");
  const { ratio } = row.nearness;
  const near = row.state !== "closed" || ratio === null || ratio < NEAR ? "" : "near";
  const told = [measured(row, now), history(row), `since ${moment(row.since)}`];
  return (
    <li class={`${row.state} ${near}`} title={told.join("; ")}>
      <span>{words(row.breaker)}</span>
      {row.state === "closed" && ratio !== null && <b>{share(ratio)}</b>}
      <em>
        <Icon
          name={row.state === "closed" ? "dot" : row.state === "open" ? "cross" : "ring"}
          size={12}
          weight={row.state === "closed" ? 9 : 4}
        />
        {STATES[row.state]}
      </em>
      <small>
        {row.flapping && "flapping; "}
        {row.state === "closed"
          ? measured(row, now)
          : [history(row), scope].filter(Boolean).join(", ")}
      </small>
      {row.state === "closed" && ratio !== null && (
        <Meter label={`${words(row.breaker)}: how near`} ratio={ratio} marks={[NEAR, HIGH]} />
      )}
    </li>
  );
}

/** What trips a breaker, and what is found against where it opens. */
function measured({ nearness }: BreakerRow, now: number): string {
  const { watches, used, limit, told_at, why } = nearness;
  const what = watches === "" ? "" : words(watches);
  const age = told_at === null ? 0 : (now - told_at) / 1e9;
  if (used !== null && limit !== null) {
    const since = age > OLD_S ? `, ${elapsed(age)} ago` : "";
    return `${what} ${exact(used)} of ${exact(limit)}${since}`.trim();
  }
  return [what, reason(why)].filter(Boolean).join(": ");
}

/** What opened it and how long ago; of one that never opened, how long it has been closed. */
function history({ state, tripped, in_state_s }: BreakerRow): string {
  if (tripped === null) return "never tripped";
  const found =
    tripped.value !== null && tripped.limit !== null
      ? ` ${exact(tripped.value)} of ${exact(tripped.limit)}`
      : "";
  const cause = words(tripped.cause) + found;
  return state === "closed"
    ? `${timeOfDay(tripped.time)} ${cause}`
    : `${cause}, ${elapsed(in_state_s)}`;
}

function KillSwitches({ answer }: { answer: BreakersAnswer }) {
  const engaged = answer.kill_switches.filter((one) => one.engaged);
  const expired = answer.dead_man_timers.filter(({ left_s }) => left_s !== null && left_s < 0);
  if (engaged.length === 0 && expired.length === 0) return null;
  return (
    <ul class="stops">
      {engaged.map((one) => (
        <li key={one.scope + one.account}>
          <b>Kill switch engaged</b> {one.account === "" ? one.scope : one.account}:{" "}
          {words(one.cause)}, by {one.actor}, {timeOfDay(one.since)}
        </li>
      ))}
      {expired.map((one) => (
        <li key={one.timer + one.venue + one.account}>
          <b>Dead-man timer expired</b> {one.timer} {one.venue} {one.account}
        </li>
      ))}
    </ul>
  );
}

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
    const now = new Map(rows.map((row) => [row.breaker, row.state]));
    const changed = [...now].filter(
      ([name, state]) => (before.peek().get(name) ?? state) !== state,
    );
    if (changed.length > 0)
      said.value = changed.map(([name, state]) => `${words(name)}: ${STATES[state]}`).join(", ");
    before.value = now;
  });
  return (
    <p class="aloud" aria-live="assertive">
      {said}
    </p>
  );
}
