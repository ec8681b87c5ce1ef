/** The logs that are asked for: what is kept of them, and what comes in as it comes. */

import { signal, useSignalEffect, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { LogLine, LogNews, LogsAnswer } from "./answers.ts";
import { get, why } from "./api.ts";
import { counted } from "./format.ts";
import { MOST_LINES, withNews, withOlder } from "./logs.ts";
import { paused } from "./store.ts";
import { unseen } from "./unseen.ts";

/** The engine says something each second: later than that, nothing is followed any more. */
const STALE_MS = 3_000;
const AGAIN_MS = 2_000;
const PAGE = 200;

/** off: the past alone is asked for. waiting: not connected. */
export type Following = "off" | "live" | "waiting" | "paused";

export interface LogFeed {
  /** Newest first; undefined until the first answer. */
  lines: ReadonlySignal<readonly LogLine[] | undefined>;
  /** Whether there are older ones, and whether they are being asked for. */
  more: ReadonlySignal<boolean>;
  busy: ReadonlySignal<boolean>;
  /** Why nothing is told, or only part: else empty. */
  trouble: ReadonlySignal<string>;
  following: ReadonlySignal<Following>;
  older: () => void;
}

interface Asked {
  /** Service, level and text as the API takes them. */
  filter: Record<string, string>;
  /** From when on and until when (ns); without an end it goes on. */
  from: string;
  to: string;
}

/** Whether nothing is to come in, as somebody wants it so or nobody sees it. */
const held = (): boolean => paused.value || unseen.value;

class Feed implements LogFeed {
  readonly lines: Signal<readonly LogLine[] | undefined> = signal(undefined);
  readonly more = signal(false);
  readonly busy = signal(false);
  readonly trouble = signal("");
  readonly following: Signal<Following> = signal("off");
  #asked: Asked;
  /** Where older ones begin; undefined until what is kept was told. */
  #next: string | null | undefined;
  #abort = new AbortController();
  #source: EventSource | undefined;
  #last = "";
  #most = MOST_LINES;
  #timer = 0;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Ask for what is kept; follow what comes where there is no end. */
  begin(): void {
    this.#abort = new AbortController();
    if (this.#asked.to === "") {
      if (held()) this.hold();
      else this.follow();
    }
    void this.#ask("");
  }

  older = (): void => {
    if (this.#next == null || this.busy.peek()) return;
    // Who reads on keeps what was found.
    this.#most = Math.max(this.#most, (this.lines.peek()?.length ?? 0) + 2 * PAGE);
    void this.#ask(this.#next);
  };

  async #ask(before: string): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    const { filter, from, to } = this.#asked;
    const query = new URLSearchParams({ ...filter, from, limit: String(PAGE) });
    if (to !== "") query.set("to", to);
    if (before !== "") query.set("before", before);
    try {
      const found = await get<LogsAnswer>(`/api/v1/logs?${query}`, this.#abort.signal);
      this.lines.value = withOlder(this.lines.peek() ?? [], found.lines);
      this.#next = found.next;
      this.more.value = found.next !== null;
      this.trouble.value = found.complete ? "" : "The search took too long: this is a part of it.";
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.trouble.value = why(error);
    } finally {
      this.busy.value = false;
    }
  }

  follow(): void {
    if (this.#asked.to !== "") return;
    this.#close();
    this.following.value = "waiting";
    const query = new URLSearchParams(this.#asked.filter);
    if (this.#last !== "") query.set("after", this.#last);
    const opened = new EventSource(`/api/v1/logs/tail?${query}`);
    this.#source = opened;
    const on = (kind: string, read: (data: string) => void): void =>
      opened.addEventListener(kind, (event: MessageEvent<string>) => {
        if (this.#source !== opened) return;
        this.#last = event.lastEventId;
        this.#expect();
        if (this.#next === undefined) void this.#ask("");
        this.following.value = "live";
        read(event.data);
      });
    on("lines", (data) => this.#take(JSON.parse(data) as LogNews));
    on("beat", () => undefined);
    opened.onerror = () => void (this.#source === opened && this.#again());
    this.#expect();
  }

  hold(): void {
    if (this.#asked.to !== "") return;
    this.#close();
    this.following.value = "paused";
  }

  end(): void {
    this.#abort.abort();
    this.#close();
  }

  #take({ lines, skipped }: LogNews): void {
    if (lines.length > 0) this.#add(lines);
    if (skipped !== null && skipped > 0)
      this.trouble.value = `${counted(skipped, "entry", "entries")} came faster than they could be shown; search for them.`;
  }

  #add(came: readonly LogLine[]): void {
    const before = this.lines.peek() ?? [];
    const lines = withNews(before, came, this.#most);
    this.lines.value = lines;
    // What was let go can be asked for again.
    if (lines.at(-1)?.id === before.at(-1)?.id || before.length === 0) return;
    this.#next = lines.at(-1)?.id ?? null;
    this.more.value = this.#next !== null;
  }

  #expect(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#again(), STALE_MS);
  }

  #again(): void {
    this.#close();
    this.following.value = "waiting";
    this.#timer = window.setTimeout(() => this.follow(), AGAIN_MS);
  }

  #close(): void {
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#timer);
  }
}

/** Return what is asked for, as long as the page shows it; anew where something else is asked. */
export function useLogs(asked: Asked): LogFeed {
  const key = JSON.stringify(asked);
  const feed = useMemo(() => new Feed(asked), [key]);
  useEffect(() => {
    feed.begin();
    return () => feed.end();
  }, [feed]);
  useSignalEffect(
    () => void (held() ? feed.hold() : feed.following.peek() === "paused" && feed.follow()),
  );
  return feed;
}
