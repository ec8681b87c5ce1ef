import { useSignal } from "@preact/signals";
import { send } from "../api.ts";
import type { DrillRunAnswer } from "../answers.ts";
import { useDoing } from "../doing.ts";
import { elapsed, words } from "../format.ts";
import { Action, Refused } from "../parts/action.tsx";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";
import { Known } from "../parts/state.tsx";
import { usePolled } from "../polled.ts";
import { shownAt } from "../store.ts";

const RUN = "/api/v1/drills/run";

/** Runs the drills that this engine can run; else says how they are run beside it. */
export function RunCard() {
  const { answer, again } = usePolled<DrillRunAnswer>(RUN, 2_000);
  return (
    <Card title="Run now">
      <Known of={answer}>
        {(run) => (run.drills.length > 0 ? <Runs run={run} again={again} /> : <Beside />)}
      </Known>
    </Card>
  );
}

function Runs({ run, again }: { run: DrillRunAnswer; again: () => void }) {
  const doing = useDoing();
  return (
    <>
      <p aria-live="polite">
        {run.running && run.since !== null
          ? `Running for ${elapsed(Math.max(0, shownAt.value - run.since) / 1e9)}; each step shows here as it ends.`
          : `Tries ${run.drills.map(words).join(", ")} on a simulated account, and tells everybody as if it were real, marked DRILL.`}
      </p>
      {run.trouble !== "" && <p class="refused">The last run told nothing: {run.trouble}</p>}
      <div class="acts">
        <Action doing={doing} disabled={run.running} what={() => send("POST", RUN)} onDone={again}>
          Run the drills
        </Action>
      </div>
      <Refused doing={doing} />
    </>
  );
}

const Beside = () => (
  <>
    <p>
      This engine runs none by itself. Drills run beside it, where the platform's gateway can be
      reached, and report here how each step went:
    </p>
    <Command text="deskwatch drills run" says="runs each drill once" />
    <Command
      text="deskwatch drills serve"
      says="runs them again and again, every drills.interval_s"
    />
  </>
);

function Command({ text, says }: { text: string; says: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    setTimeout(() => void (copied.value = false), 2_000);
  };
  return (
    <div class="command">
      <code>{text}</code>
      <button class="button" aria-label={`Copy ${text}`} onClick={() => void copy()}>
        <Icon name={copied.value ? "check" : "copy"} size={14} />
        <span aria-live="polite">{copied.value ? "Copied" : "Copy"}</span>
      </button>
      <small>{says}</small>
    </div>
  );
}
