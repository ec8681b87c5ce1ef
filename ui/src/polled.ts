/** Answers that are on no stream: asked for again and again while a page shows them. */

import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { get, Refusal, why } from "./api.ts";
import { paused, type Topic } from "./store.ts";

export interface Polled<T> {
  answer: ReadonlySignal<Topic<T>>;
  /** Asks at once: something was done that changes it. */
  again: () => void;
}

/** Return what an address answers, asked for every so often; while paused it stands still. */
export function usePolled<T>(path: string, everyMs = 5_000): Polled<T> {
  const answer = useMemo(() => signal<Topic<T>>({}), [path]);
  const asking = useRef<() => void>(() => undefined);
  useEffect(() => {
    let timer = 0;
    let abort = new AbortController();
    const ask = async (): Promise<void> => {
      clearTimeout(timer);
      abort.abort();
      const own = (abort = new AbortController());
      timer = window.setTimeout(next, everyMs);
      try {
        const value = await get<T>(path, own.signal);
        if (!own.signal.aborted) answer.value = { value };
      } catch (error) {
        if (own.signal.aborted) return;
        // Without a connection what is shown stays, and the banner says that it is old.
        if (error instanceof Refusal || answer.peek().value === undefined)
          answer.value = { trouble: why(error) };
      }
    };
    const next = (): void => {
      if (paused.peek() || document.hidden) timer = window.setTimeout(next, everyMs);
      else void ask();
    };
    asking.current = () => void ask();
    void ask();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path, everyMs]);
  return { answer, again: () => asking.current() };
}
