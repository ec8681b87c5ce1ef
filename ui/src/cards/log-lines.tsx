import { useRef } from "preact/hooks";
import { count } from "../format.ts";
import type { Following, LogFeed } from "../log-feed.ts";
import { Card } from "../parts/card.tsx";
import { Chip, type ChipTone } from "../parts/chip.tsx";
import { useHold } from "../parts/hold.ts";
import type { IconName } from "../parts/icon.tsx";
import { Empty, Loading, Trouble } from "../parts/state.tsx";
import { LogEntry } from "./log-line.tsx";

const LOOKS: Record<Following, { tone: ChipTone; icon: IconName; says: string }> = {
  live: { tone: "good", icon: "dot", says: "new ones come in on top" },
  paused: { tone: "warn", icon: "pause", says: "paused" },
  waiting: { tone: "bad", icon: "cross", says: "not connected: nothing new is shown" },
  off: { tone: "plain", icon: "ring", says: "a past time" },
};

/** So many on top have their size at once, and needn't be seen first: what comes in is measured. */
const SIZED = 60;

/** What was found, the newest on top. */
export function LogLinesCard({ feed, text }: { feed: LogFeed; text: string }) {
  const { tone, icon, says } = LOOKS[feed.following.value];
  const lines = feed.lines.value;
  const list = useRef<HTMLOListElement>(null);
  useHold(list, lines?.[0]?.id ?? "", ".chosen");
  return (
    <Card
      title="Entries"
      note={lines === undefined ? "newest first" : `${count(lines.length)} shown, newest first`}
      actions={
        // Another one each time: a text of another length begins elsewhere, and nothing moves.
        <span class="following">
          <Chip key={says} tone={tone} icon={icon}>
            {says}
          </Chip>
        </span>
      }
    >
      {feed.trouble.value !== "" && <Trouble detail={feed.trouble.value} />}
      {lines === undefined ? (
        feed.trouble.value === "" && <Loading />
      ) : lines.length === 0 ? (
        <Empty>Nothing was logged in this time that fits.</Empty>
      ) : (
        <ol class="lines" ref={list}>
          {lines.map((line, place) => (
            <LogEntry key={line.id} line={line} text={text} sized={place < SIZED} />
          ))}
        </ol>
      )}
      {feed.more.value && (
        <button class="button older" aria-disabled={feed.busy.value} onClick={feed.older}>
          {feed.busy.value ? "Searching…" : "Older ones"}
        </button>
      )}
    </Card>
  );
}
