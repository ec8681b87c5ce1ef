/** What is drawn over time: asked for once for a range, and from then on only what came after. */

import { effect, signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { get } from "./api.ts";
import { bounds, length, zoomed } from "./range.ts";
import type { Topic } from "./store.ts";

/** How long to wait after a try that failed. */
const AGAIN_MS = 5_000;
/** A chart that is wide takes a new point this often at most. */
const LEAST_MS = 5_000;

interface Stepped {
  step_s: number;
}

/**
 * Return what `/api/v1/timeline/NAME` says of the range that is shown, and go on asking as often as
 * there is something new. query: what else is asked for, such as "operation=order_ack".
 */
export function useTimeline<T extends Stepped>(name: string, query = ""): ReadonlySignal<Topic<T>> {
  const found = useMemo(() => signal<Topic<T>>({}), [name, query]);
  useEffect(() => {
    let timer = 0;
    let abort = new AbortController();
    const ask = async (): Promise<void> => {
      abort = new AbortController();
      const { from, to } = bounds();
      try {
        const value = await get<T>(
          `/api/v1/timeline/${name}?${query === "" ? "" : `${query}&`}from=${from}&to=${to}`,
          abort.signal,
        );
        found.value = { value };
        if (zoomed.peek() === undefined)
          timer = window.setTimeout(ask, Math.max(LEAST_MS, value.step_s * 1e3));
      } catch (error) {
        if (abort.signal.aborted) return;
        if (found.peek().value === undefined)
          found.value = { trouble: error instanceof Error ? error.message : String(error) };
        timer = window.setTimeout(ask, AGAIN_MS);
      }
    };
    const stop = (): void => {
      clearTimeout(timer);
      abort.abort();
    };
    const end = effect(() => {
      void [length.value, zoomed.value];
      stop();
      void ask();
    });
    return () => {
      end();
      stop();
    };
  }, [name, query]);
  return found;
}
