/** What is drawn over time: asked for once for a range, and from then on only what came after. */

import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { get, why } from "./api.ts";
import type { NewestAnswer } from "./answers.ts";
import type { Grow } from "./grow.ts";
import { bounds, isPast, length, zoomed } from "./range.ts";
import { paused, topic, type Topic } from "./store.ts";

/** What can't grow is asked for this often, for its last step is not over yet; so is what failed. */
const AGAIN_MS = 5_000;

/** Which range is shown, as text: another object of the same times is no other range. */
const range = computed(
  () => `${zoomed.value?.from ?? ""}-${zoomed.value?.to ?? ""}-${length.value}`,
);

export interface Asked<T> {
  /** What else is asked for, such as "operation=order_ack". */
  query?: string;
  /** The last so many seconds, whatever range is shown. */
  last?: number;
  /** How it grows by the newest second; without it, it is asked for again and again. */
  grow?: Grow<T> | undefined;
}

/** Return what `/api/v1/timeline/NAME` says of the range that is shown, and goes on to say. */
export function useTimeline<T>(
  name: string,
  { query = "", last, grow }: Asked<T> = {},
): ReadonlySignal<Topic<T>> {
  const found = useMemo(() => signal<Topic<T>>({}), [name, query]);
  useEffect(() => {
    const asking = new Asking<T>(`/api/v1/timeline/${name}?${query}&`, { last, grow }, found);
    const ends = [
      effect(() => {
        // Whatever else the link says, this is only asked for anew when the range is another.
        const wanted = last === undefined ? range.value : "";
        asking.stop();
        // While paused only what is chosen anew, until the moment at which the page stands.
        if (!paused.value || asking.told !== wanted) void asking.ask(wanted);
      }),
      effect(() => {
        const newest = grow === undefined ? undefined : topic("timeline").value.value;
        if (newest !== undefined && !paused.peek()) asking.take(newest);
      }),
    ];
    return () => {
      ends.forEach((end) => end());
      asking.stop();
    };
  }, [name, query, last, grow]);
  return found;
}

/** One timeline, asked for again and again, or growing. */
class Asking<T> {
  readonly #address: string;
  readonly #asked: Pick<Asked<T>, "last" | "grow">;
  readonly #found: Signal<Topic<T>>;
  #timer = 0;
  #abort = new AbortController();
  #askedAt = 0;
  /** Whether an answer is on its way. */
  #waits = false;
  /** The newest seconds since it was asked for: it may have been there before them. */
  #meanwhile: NewestAnswer[] = [];
  #wanted = "";
  /** The range that was answered. */
  told: string | undefined;

  constructor(address: string, asked: Pick<Asked<T>, "last" | "grow">, found: Signal<Topic<T>>) {
    this.#address = address;
    this.#asked = asked;
    this.#found = found;
  }

  async ask(wanted = this.#wanted): Promise<void> {
    this.stop();
    this.#wanted = wanted;
    const abort = (this.#abort = new AbortController());
    this.#waits = true;
    this.#meanwhile = [];
    this.#askedAt = performance.now();
    try {
      const value = await get<T>(this.#address + bounds(this.#asked.last), abort.signal);
      this.#waits = false;
      this.told = wanted;
      this.#found.value = { value };
      for (const newest of this.#meanwhile) this.take(newest);
      if (this.#asked.grow !== undefined || this.#isPast() || paused.peek()) return;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#waits = false;
      this.#found.value = { trouble: why(error) };
    }
    this.#timer = window.setTimeout(() => void this.ask(), AGAIN_MS);
  }

  /** Let what is drawn grow by the newest second. */
  take(newest: NewestAnswer): void {
    const { value } = this.#found.peek();
    const { grow } = this.#asked;
    if (this.#waits) this.#meanwhile.push(newest);
    if (value === undefined || grow === undefined || this.#waits) return;
    // On a page that was just opened, the newest second may come before the time of day does.
    if (this.#asked.last === undefined && newest.time > (zoomed.peek()?.to ?? Infinity)) return;
    const grown = grow(value, newest, length.peek());
    if (grown === null && performance.now() - this.#askedAt > AGAIN_MS) void this.ask();
    else if (grown !== null && grown !== value) this.#found.value = { value: grown };
  }

  /** What was zoomed into stays as it is, once it is over. */
  #isPast(): boolean {
    return this.#asked.last === undefined && isPast();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}
