import { useSignal } from "@preact/signals";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";

const RUN = "deskwatch drills run";
const SERVE = "deskwatch drills serve";

/** How to run drills: beside the engine, which has no way to begin one. */
export const RunCard = () => (
  <Card title="Run now">
    <p>
      Drills run beside deskwatch, where the platform's gateway can be reached, and report here how
      each step went. The engine itself can begin none, so this page has no button for it:
    </p>
    <Command text={RUN} says="runs each drill once" />
    <Command text={SERVE} says="runs them again and again, every drills.interval_s" />
  </Card>
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
