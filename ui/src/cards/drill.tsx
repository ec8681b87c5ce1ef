import type { DrillRow, DrillStepRow } from "../answers.ts";
import { counted, duration, elapsed, moment, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Facts, type Fact } from "../parts/facts.tsx";
import { Figure } from "../parts/figure.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty } from "../parts/state.tsx";
import { shownAt } from "../store.ts";

const STATUSES = {
  passed: { tone: "good", icon: "check" },
  failed: { tone: "bad", icon: "cross" },
  stopped: { tone: "warn", icon: "ring" },
} as const;

/** A drill's last run, step by step. */
export const DrillCard = ({ drill }: { drill: DrillRow }) => (
  <Card title={words(drill.drill)} note={drill.required ? "must run" : ""} width="w6">
    <p class="verdict">
      <Verdict drill={drill} />
      {drill.reason !== "" && <span>{words(drill.reason)}</span>}
      {drill.overdue === true && (
        <Chip tone="bad" icon="warning">
          overdue
        </Chip>
      )}
    </p>
    <Facts of={factsOf(drill)} />
    {drill.steps.length === 0 ? (
      <Empty>Its runs are told without steps.</Empty>
    ) : (
      <Steps of={drill.steps} />
    )}
  </Card>
);

function Verdict({ drill }: { drill: DrillRow }) {
  if (drill.status === null) return <Chip icon="ring">never run</Chip>;
  const { tone, icon } = STATUSES[drill.status];
  return (
    <Chip tone={tone} icon={icon}>
      {drill.status}
    </Chip>
  );
}

const ago = (at: number): string => `${moment(at)}, ${elapsed((shownAt.value - at) / 1e9)} ago`;

function factsOf(drill: DrillRow): Fact[] {
  const never = "it has never run";
  return [
    {
      name: "Ended",
      value: <Figure text={drill.ended_at === null ? null : ago(drill.ended_at)} why={never} />,
    },
    {
      name: "Took",
      value: (
        <Figure
          text={drill.duration_s === null ? null : duration(drill.duration_s * 1e9)}
          why="its run does not say"
        />
      ),
    },
    {
      name: "Last passed",
      value: (
        <Figure
          text={drill.last_success === null ? null : ago(drill.last_success)}
          why="it has never passed"
        />
      ),
    },
    {
      name: "Failed since",
      value: counted(drill.failures, "run"),
    },
    {
      name: "Next within",
      value: (
        <Figure
          text={drill.promised_s === null ? null : `${elapsed(drill.promised_s)} of that end`}
          why="no further run is promised"
        />
      ),
    },
  ];
}

function Steps({ of }: { of: readonly DrillStepRow[] }) {
  const longest = Math.max(1e-9, ...of.map(({ duration_s }) => duration_s ?? 0));
  return (
    <ol class="steps" aria-label="Steps">
      {of.map((step) => (
        <li key={step.step} class={step.status}>
          <Icon name={STATUSES[step.status].icon} size={14} weight={3} />
          <span>
            {words(step.step)} <small>{step.status}</small>
            {step.reason !== "" && <em>{words(step.reason)}</em>}
          </span>
          <b>
            <Figure
              text={step.duration_s === null ? null : duration(step.duration_s * 1e9)}
              why="the step does not say"
            />
          </b>
          <i style={{ width: `${((step.duration_s ?? 0) / longest) * 100}%` }} />
        </li>
      ))}
    </ol>
  );
}
