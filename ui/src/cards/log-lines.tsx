import { useRef } from "preact/hooks";
import { count } from "../format.ts";
import type { Following, LogFeed } from "../log-feed.ts";
import { Card } from "../parts/card.tsx";
import { Chip, type ChipTone } from "../parts/chip.tsx";
import { useHold } from "../parts/hold.ts";
import type { IconName } from "../parts/icon.tsx";
import { useSlide } from "../parts/slide.ts";
import { Empty, Loading, Trouble } from "../parts/state.tsx";
import { LogEntry } from "./log-line.tsx";

const LOOKS: Record<Following, { tone: ChipTone; icon: IconName; says: string }> = {
  live: { tone: "good", icon: "dot", says: "new ones come in on top" },
  paused: { tone: "warn", icon: "pause", says: "paused" },
  waiting: { tone: "bad", icon: "cross", says: "not connected: nothing new is shown" },
  off: { tone: "plain", icon: "ring", says: "a past time" },
};

/** What was found, the newest on top. */
export function LogLinesCard({ feed, text }: { feed: LogFeed; text: string }) {
  const { tone, icon, says } = LOOKS[feed.following.value];
  const lines = feed.lines.value;
  const list = useRef<HTMLOListElement>(null);
  const newest = lines?.[0]?.id ?? "";
  const slid = useRef(newest);
  if (!useHold(list, newest, ".chosen")) slid.current = newest;
  useSlide(slid.current);
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
          {lines.map((line) => (
            <LogEntry key={line.id} line={line} text={text} />
          ))}
        </ol>
      )}
      {feed.more.value && (
        <button class="button older" disabled={feed.busy.value} onClick={feed.older}>
          {feed.busy.value ? "Searching…" : "Older ones"}
        </button>
      )}
    </Card>
  );
}
