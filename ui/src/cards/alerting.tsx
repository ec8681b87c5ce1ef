import { send } from "../api.ts";
import type { AlertsAnswer, ChannelStatus, ReloadAnswer } from "../answers.ts";
import { useDoing } from "../doing.ts";
import { count, elapsed } from "../format.ts";
import { Action, Refused } from "../parts/action.tsx";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Facts } from "../parts/facts.tsx";
import { Known } from "../parts/state.tsx";
import { topic } from "../store.ts";

/** Whether rules are evaluated, and whether people can be told. */
export const AlertingCard = () => (
  <Card title="Rules and notifications" actions={<Reload />}>
    <Known of={topic("alerts")}>
      {(answer) => (
        <div class="alerting">
          <Rules of={answer.rules} />
          <Channels of={answer.channels} />
        </div>
      )}
    </Known>
  </Card>
);

function Reload() {
  const doing = useDoing();
  const reload = async (): Promise<void> => {
    const { ok, error } = await send<ReloadAnswer>("POST", "/-/reload");
    if (!ok) throw new Error(error ?? "the rules were refused");
  };
  return (
    <>
      <Refused doing={doing} />
      <Action doing={doing} what={reload}>
        Read the rules anew
      </Action>
    </>
  );
}

const Rules = ({ of }: { of: AlertsAnswer["rules"] }) => (
  <div>
    <h3>Rules</h3>
    <Facts
      of={[
        { name: "In force", value: count(of.loaded) },
        {
          name: "Files",
          value: of.ok ? "taken as they are" : <span class="neg">refused: {of.error}</span>,
        },
        {
          name: "Left to Prometheus",
          value:
            of.unsupported.length === 0
              ? "none"
              : of.unsupported
                  .map(
                    ({ rule, construct, file, line }) => `${rule} (${construct}, ${file}:${line})`,
                  )
                  .join("; "),
        },
      ]}
    />
  </div>
);

const Channels = ({ of }: { of: readonly ChannelStatus[] }) => (
  <div>
    <h3>Notifications</h3>
    {of.length === 0 ? (
      <p class="warn">No channel is configured: nobody is told of an alert.</p>
    ) : (
      <ul class="channels">
        {of.map((channel) => (
          <li key={channel.name}>
            <b>{channel.name}</b>{" "}
            {channel.trouble === null ? (
              <Chip tone="good" icon="check">
                works
              </Chip>
            ) : (
              <Chip tone="bad" icon="cross">
                {channel.trouble}
              </Chip>
            )}{" "}
            {channel.queue === 0
              ? "nothing waits"
              : `${count(channel.queue)} wait, the oldest for ${elapsed(channel.oldest_s)}`}
          </li>
        ))}
      </ul>
    )}
  </div>
);
