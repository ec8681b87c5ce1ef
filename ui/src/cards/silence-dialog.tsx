import { signal, useSignal } from "@preact/signals";
import { isOpen, type Labels } from "../alert.ts";
import { mayOperate, send, session } from "../api.ts";
import type { NewMatcher } from "../answers.ts";
import { useDoing } from "../doing.ts";
import { OPERATORS_ONLY, Refused } from "../parts/action.tsx";
import { Choices } from "../parts/choices.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { durationOf, fits, matchersOf, UNITS, type Unit } from "../silence.ts";
import { topic } from "../store.ts";
import { MatcherFields } from "./matcher-fields.tsx";

const open = signal(false);
const prefilled = signal<NewMatcher[]>([]);

/** Opens the dialog with what fits an alert's labels; without labels with one empty matcher. */
export function SilenceButton({ labels }: { labels?: Labels }) {
  const may = mayOperate();
  return (
    <button
      type="button"
      class="button"
      aria-label={labels === undefined ? undefined : `Silence ${labels["alertname"] ?? ""}`}
      disabled={!may}
      title={may ? undefined : OPERATORS_ONLY}
      onClick={() => {
        prefilled.value =
          labels === undefined ? [{ name: "alertname", op: "=", value: "" }] : matchersOf(labels);
        open.value = true;
      }}
    >
      {labels === undefined ? "New silence" : "Silence"}
    </button>
  );
}

/** Asks for how long, for what, and why. */
export const SilenceDialog = ({ onDone }: { onDone: () => void }) => (
  <Dialog title="Silence" open={open}>
    <Form onDone={onDone} />
  </Dialog>
);

const LASTING = ["1 h", "8 h", "other"] as const;
type Lasting = (typeof LASTING)[number];

const FIXED: Record<string, number> = { "1 h": UNITS.h, "8 h": 8 * UNITS.h };

function Form({ onDone }: { onDone: () => void }) {
  const doing = useDoing();
  const matchers = useSignal(prefilled.peek());
  const lasting = useSignal<Lasting>("1 h");
  const amount = useSignal("2");
  const unit = useSignal<Unit>("h");
  const reason = useSignal("");
  const seconds = FIXED[lasting.value] ?? durationOf(amount.value, unit.value);
  const named = matchers.value.length > 0 && matchers.value.every(({ name }) => name !== "");
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const silence = {
      matchers: matchers.value,
      duration_s: seconds,
      author: session.peek()?.name ?? "",
      reason: reason.value.trim(),
    };
    if (!(await doing.run(() => send("POST", "/api/v1/silences", silence)))) return;
    open.value = false;
    onDone();
  };
  return (
    <form class="form" onSubmit={(event) => void make(event)}>
      <Choices
        label="For"
        options={LASTING}
        chosen={lasting.value}
        onChoose={(chosen) => void (lasting.value = chosen)}
      />
      {lasting.value === "other" && (
        <div class="own">
          <input
            class="field"
            aria-label="How long"
            inputMode="decimal"
            value={amount.value}
            onInput={(event) => void (amount.value = event.currentTarget.value)}
          />
          <select
            class="choice"
            aria-label="Unit"
            value={unit.value}
            onChange={(event) => void (unit.value = event.currentTarget.value as Unit)}
          >
            {Object.keys(UNITS).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          {seconds === null && <small class="warn">between a second and 30 days</small>}
        </div>
      )}
      <MatcherFields of={matchers} />
      <Fitting matchers={matchers.value} />
      <label>
        Why
        <input
          class="field"
          required
          maxLength={500}
          value={reason.value}
          onInput={(event) => void (reason.value = event.currentTarget.value)}
        />
      </label>
      <Refused doing={doing} />
      <button class="button primary" disabled={doing.busy.value || seconds === null || !named}>
        Silence
      </button>
    </form>
  );
}

/** How many of the alerts that stand now it would keep quiet. */
function Fitting({ matchers }: { matchers: readonly NewMatcher[] }) {
  const standing = (topic("alerts").value.value?.alerts ?? []).filter(isOpen);
  const found = standing.map(({ labels }) => fits(matchers, labels));
  const unread = found.includes(null) ? ", as far as this browser can read the pattern" : "";
  const count = found.filter(Boolean).length;
  return (
    <p class={count === standing.length && count > 1 ? "warn" : "mute"} aria-live="polite">
      Fits {count} of the {standing.length} alerts that stand now{unread}.
    </p>
  );
}
