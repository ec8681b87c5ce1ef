/** What is drawn over time: asked for once for a range, and from then on only what came after. */

import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { get } from "./api.ts";
import { bounds, length, zoomed } from "./range.ts";
import { paused, type Topic } from "./store.ts";

/** How long to wait after a try that failed. */
const AGAIN_MS = 5_000;
/** A chart that is wide takes a new point this often at most. */
const LEAST_MS = 5_000;

/** Which range is shown, as text: another object of the same times is no other range. */
const range = computed(
  () => `${zoomed.value?.from ?? ""}-${zoomed.value?.to ?? ""}-${length.value}`,
);

interface Stepped {
  step_s: number;
}

export interface Asked {
  /** What else is asked for, such as "operation=order_ack". */
  query?: string;
  /** The last so many seconds, whatever range is shown. */
  last?: number;
}

/**
 * Return what `/api/v1/timeline/NAME` says of the range that is shown, and go on asking as often as
 * there is something new.
 */
export function useTimeline<T extends Stepped>(
  name: string,
  { query = "", last }: Asked = {},
): ReadonlySignal<Topic<T>> {
  const found = useMemo(() => signal<Topic<T>>({}), [name, query]);
  useEffect(() => {
    const asking = new Asking<T>(`/api/v1/timeline/${name}?${query}&`, last, found);
    const end = effect(() => {
      // Whatever else the link says, this is only asked for anew when the range is another.
      void [last === undefined ? range.value : "", paused.value];
      asking.stop();
      if (!paused.value) void asking.ask();
    });
    return () => {
      end();
      asking.stop();
    };
  }, [name, query, last]);
  return found;
}

/** One timeline, asked for again and again. */
class Asking<T extends Stepped> {
  readonly #address: string;
  readonly #last: number | undefined;
  readonly #found: Signal<Topic<T>>;
  #timer = 0;
  #abort = new AbortController();

  constructor(address: string, last: number | undefined, found: Signal<Topic<T>>) {
    this.#address = address;
    this.#last = last;
    this.#found = found;
  }

  async ask(): Promise<void> {
    const abort = (this.#abort = new AbortController());
    let again = AGAIN_MS;
    try {
      const value = await get<T>(this.#address + bounds(this.#last), abort.signal);
      this.#found.value = { value };
      // What was zoomed into lies in the past and stays as it is.
      if (this.#last === undefined && zoomed.peek() !== undefined) return;
      again = Math.max(LEAST_MS, value.step_s * 1e3);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#found.value = { trouble: error instanceof Error ? error.message : String(error) };
    }
    this.#timer = window.setTimeout(() => void this.ask(), again);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}
