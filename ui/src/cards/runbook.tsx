import { useSignal, useSignalEffect } from "@preact/signals";
import type { RunbookAnswer } from "../answers.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { usePolled } from "../polled.ts";
import { param, setParams } from "../route.ts";

/** Runbooks change with the engine's version, and with nothing else. */
const DAY_MS = 86_400_000;

/** The part of the link that names a runbook to show by itself. */
const CHOSEN = "runbook";

interface RunbookProps {
  name: string | undefined;
  /** Where it is to be read elsewhere. */
  address: string | undefined;
}

/** What to do about an alert, as its runbook says. */
export function Runbook({ name, address }: RunbookProps) {
  if (name !== undefined) return <Carried name={name} />;
  if (address === undefined) return <Empty>Its rule names no runbook.</Empty>;
  return (
    <Empty>
      <a href={address} rel="noreferrer" target="_blank">
        Its runbook
      </a>
    </Empty>
  );
}

function Carried({ name }: { name: string }) {
  const { answer } = usePolled<RunbookAnswer>(`/api/v1/runbooks/${name}`, DAY_MS);
  return (
    <section class="runbook" aria-label={`Runbook of ${name}`}>
      <Known of={answer}>
        {({ html }) => (
          // The engine has made it safe, and the page's policy runs nothing that stands in it.
          <div class="prose" onClick={stay} dangerouslySetInnerHTML={{ __html: html }} />
        )}
      </Known>
    </section>
  );
}

/** A link from one runbook to another one leaves the rest of the page as it is. */
function stay(event: MouseEvent): void {
  const anchor = (event.target as Element).closest("a");
  const name = anchor === null ? null : new URL(anchor.href).searchParams.get(CHOSEN);
  if (name === null || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  setParams({ [CHOSEN]: name });
}

/** A runbook by itself, where the link asks for one. */
export function RunbookDialog() {
  const name = param(CHOSEN);
  const open = useSignal(name !== "");
  useSignalEffect(() => void (open.value = param(CHOSEN) !== ""));
  useSignalEffect(() => void (open.value || setParams({ [CHOSEN]: "" })));
  return (
    <Dialog title={name} open={open}>
      <Carried name={name} />
    </Dialog>
  );
}
