/** What stands where there are no figures: none yet, none at all, or none that can be had. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";
import type { Topic } from "../store.ts";

/** What comes below it waits out of sight, and so is not pushed down under the eye: see parts.css. */
export const Loading = () => (
  <div class="state" role="status" aria-busy="true">
    Waiting for the engine…
  </div>
);

/** Nothing to show, and that is no fault. */
export const Empty = ({ children }: { children: ComponentChildren }) => (
  <div class="state">{children}</div>
);

export const Trouble = ({ detail }: { detail: string }) => (
  <div class="state trouble" role="alert">
    {detail}
  </div>
);

/** Whether what stands inside could not be drawn: it must not stand still and look alive. */
export const useBroken = (): boolean => useErrorBoundary(console.error)[0] !== undefined;

export const Broken = () => <Trouble detail="This could not be drawn. Load the page anew." />;

/** Draw what a topic says, or why it says nothing. */
export function Known<T>({
  of,
  children,
}: {
  of: ReadonlySignal<Topic<T>>;
  children: (value: T) => ComponentChildren;
}) {
  const { value, trouble } = of.value;
  if (trouble !== undefined) return <Trouble detail={trouble} />;
  return value === undefined ? <Loading /> : <>{children(value)}</>;
}
