import { useEffect, useRef } from "preact/hooks";
import type { LogLine } from "../answers.ts";
import { clock, counted, moment } from "../format.ts";
import { headline, parts } from "../logs.ts";
import { Chip, type ChipTone } from "../parts/chip.tsx";
import type { IconName } from "../parts/icon.tsx";
import { param, setParams } from "../route.ts";

const LOOKS: Record<LogLine["level"], { tone: ChipTone; icon: IconName }> = {
  critical: { tone: "bad", icon: "cross" },
  error: { tone: "bad", icon: "cross" },
  warning: { tone: "warn", icon: "warning" },
  info: { tone: "plain", icon: "dot" },
  debug: { tone: "plain", icon: "ring" },
  unknown: { tone: "plain", icon: "ring" },
};

export const LevelChip = ({ level }: { level: LogLine["level"] }) => (
  <Chip tone={LOOKS[level].tone} icon={LOOKS[level].icon}>
    {level}
  </Chip>
);

/** How much around a moment is its context. Seconds. */
const CONTEXT_S = 30;

/** The part of the link that names an entry, which then stands open. */
const CHOSEN = "line";

interface LogEntryProps {
  line: LogLine;
  /** What was searched for. */
  text: string;
  /** Whether it has its size before it is seen. */
  sized: boolean;
}

/** An entry: its first line, and all of it where it was chosen. */
export function LogEntry({ line, text, sized }: LogEntryProps) {
  const chosen = param(CHOSEN) === line.id;
  const row = useRef<HTMLLIElement>(null);
  // Who comes by a link to an entry finds it among those around it.
  useEffect(() => void (chosen && row.current?.scrollIntoView({ block: "center" })), []);
  const [first = "", ...rest] = line.text.split("\n");
  const head = headline(first);
  // What was searched for is seen, whatever else is.
  const shown = parts(first, text).length > parts(head, text).length ? first : head;
  return (
    <li class={chosen ? "chosen" : sized ? "sized" : ""} ref={row}>
      <button
        class="entry"
        aria-expanded={chosen}
        onClick={() => setParams({ [CHOSEN]: chosen ? "" : line.id })}
      >
        <time>{precise(line.time)}</time>
        <LevelChip level={line.level} />
        <span class="service">{line.service}</span>
        <span class="text">
          <Found text={shown} wanted={text} />
          {rest.length > 0 && <small> +{counted(rest.length, "line")}</small>}
        </span>
      </button>
      {chosen && (
        <div class="whole">
          <pre tabIndex={0} aria-label="The whole entry">
            <Found text={line.text} wanted={text} />
          </pre>
          <p>
            <small>
              {moment(line.time)} · {line.stream}
            </small>{" "}
            <a href={contextOf(line)}>What all services logged around it</a>
          </p>
        </div>
      )}
    </li>
  );
}

/** The time of day to the millisecond. */
function precise(ns: number): string {
  const milliseconds = Math.floor(ns / 1e6);
  const { time } = clock(Math.floor(milliseconds / 1e3));
  return `${time}.${String(milliseconds % 1_000).padStart(3, "0")}`;
}

function contextOf({ id, time }: LogLine): string {
  const at = Math.floor(time / 1e9);
  const query = new URLSearchParams({
    from: String(at - CONTEXT_S),
    to: String(at + CONTEXT_S),
    [CHOSEN]: id,
  });
  return `/logs?${query}`;
}

const Found = ({ text, wanted }: { text: string; wanted: string }) => (
  <>
    {parts(text, wanted).map((part, place) =>
      place % 2 === 1 ? <mark key={place}>{part}</mark> : part,
    )}
  </>
);
