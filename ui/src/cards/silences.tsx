import { send } from "../api.ts";
import type { SilenceRow, SilencesAnswer } from "../answers.ts";
import { useDoing } from "../doing.ts";
import { elapsed, moment } from "../format.ts";
import type { Polled } from "../polled.ts";
import { Action, Refused } from "../parts/action.tsx";
import { Card } from "../parts/card.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { shownAt } from "../store.ts";
import { matcherText } from "../silence.ts";
import { SilenceButton } from "./silence-dialog.tsx";

/** What keeps alerts quiet now, until when, and the way to end it. */
export const SilencesCard = ({ of }: { of: Polled<SilencesAnswer> }) => (
  <Card title="Silences" note="active" width="w5" actions={<SilenceButton />}>
    <Known of={of.answer}>
      {({ silences }) =>
        silences.length === 0 ? (
          <Empty>Nothing is silenced.</Empty>
        ) : (
          <ul class="silences">
            {silences.map((silence) => (
              <Silence key={silence.id} silence={silence} onEnded={of.again} />
            ))}
          </ul>
        )
      }
    </Known>
  </Card>
);

function Silence({ silence, onEnded }: { silence: SilenceRow; onEnded: () => void }) {
  const doing = useDoing();
  const { id, matchers, author, reason, until } = silence;
  const said = matchers.map(matcherText).join(", ");
  return (
    <li>
      <div>
        <code>{said}</code>
        <p>{reason === "" ? <span class="mute">without a reason</span> : reason}</p>
        <small>
          by {author}, {moment(silence.created_at)}
        </small>
      </div>
      <div class="acts">
        <time title={moment(until)}>
          ends in {elapsed(Math.max(0, until - shownAt.value) / 1e9)}
        </time>
        <Action
          doing={doing}
          label={`End the silence of ${said}`}
          what={() => send("DELETE", `/api/v1/silences/${encodeURIComponent(id)}`)}
          onDone={onEnded}
        >
          End now
        </Action>
      </div>
      <Refused doing={doing} />
    </li>
  );
}
