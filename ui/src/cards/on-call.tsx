import type { OncallAnswer } from "../answers.ts";
import { Card } from "../parts/card.tsx";
import { usePolled } from "../polled.ts";

/** Who is on call changes with the engine's start, and with nothing else. */
const HOUR_MS = 3_600_000;

/** Whom to call, where somebody is named; also for who has not logged in. */
export function OnCallCard() {
  const { answer } = usePolled<OncallAnswer>("/api/v1/oncall", HOUR_MS);
  const contacts = answer.value.value?.contacts ?? [];
  if (contacts.length === 0) return null;
  return (
    <Card title="On call">
      <ul>
        {contacts.map((contact) => (
          <li key={contact}>{contact}</li>
        ))}
      </ul>
    </Card>
  );
}
