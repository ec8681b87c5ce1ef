/** Doing something that the engine may refuse: whether it goes on, and why it was not done. */

import { useSignal, type ReadonlySignal } from "@preact/signals";
import { why } from "./api.ts";

export interface Doing {
  busy: ReadonlySignal<boolean>;
  /** Why the last one was not done, else empty. */
  trouble: ReadonlySignal<string>;
  /** Does it; whether it was done. Nothing is begun while another one goes on. */
  run: (what: () => Promise<unknown>) => Promise<boolean>;
}

export function useDoing(): Doing {
  const busy = useSignal(false);
  const trouble = useSignal("");
  const run = async (what: () => Promise<unknown>): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    trouble.value = "";
    try {
      await what();
      return true;
    } catch (error) {
      trouble.value = why(error);
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { busy, trouble, run };
}
