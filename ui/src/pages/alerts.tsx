import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { AlertHistoryAnswer, AuditAnswer, SilencesAnswer } from "../answers.ts";
import { AlertFigures } from "../cards/alert-figures.tsx";
import { AlertHistoryCard } from "../cards/alert-history.tsx";
import { AuditCard } from "../cards/audit.tsx";
import { OnCallCard } from "../cards/on-call.tsx";
import { OpenAlertsCard } from "../cards/open-alerts.tsx";
import { RunbookDialog } from "../cards/runbook.tsx";
import { SilenceDialog } from "../cards/silence-dialog.tsx";
import { SilencesCard } from "../cards/silences.tsx";
import { usePolled } from "../polled.ts";
import { topic } from "../store.ts";
import "../style/alerts.css";

/** What is wrong, who knows of it, what to do about it, and what was done. */
export default function Alerts() {
  const silences = usePolled<SilencesAnswer>("/api/v1/silences");
  const history = usePolled<AlertHistoryAnswer>("/api/v1/alerts/history?limit=200");
  const audit = usePolled<AuditAnswer>("/api/v1/audit?limit=200");
  const again = (): void => {
    for (const polled of [silences, history, audit]) polled.again();
  };
  useOnAlerts(again);
  return (
    <>
      <AlertFigures />
      <OpenAlertsCard />
      <SilencesCard of={{ ...silences, again }} />
      <AuditCard of={audit.answer} />
      <AlertHistoryCard of={history} />
      <OnCallCard />
      <SilenceDialog onDone={again} />
      <RunbookDialog />
    </>
  );
}

/** Call it whenever alerts come, go, or are seen to: what is asked for has changed, too. */
function useOnAlerts(call: () => void): void {
  const before = useRef<string>(undefined);
  useSignalEffect(() => {
    const { value } = topic("alerts").value;
    if (value === undefined) return;
    const now = value.alerts
      .map(({ fingerprint, state, acknowledged, silenced_by }) =>
        [fingerprint, state, acknowledged?.at, silenced_by].join(),
      )
      .join("\n");
    if (before.current !== undefined && before.current !== now) call();
    before.current = now;
  });
}
