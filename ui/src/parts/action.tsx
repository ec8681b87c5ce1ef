import type { ComponentChildren } from "preact";
import { mayOperate } from "../api.ts";
import type { Doing } from "../doing.ts";

interface ActionProps {
  doing: Doing;
  /** Read aloud, where the text alone does not say on what. */
  label?: string;
  disabled?: boolean;
  what: () => Promise<unknown>;
  /** What follows once it was done. */
  onDone?: () => void;
  children: ComponentChildren;
}

export const OPERATORS_ONLY = "Only who is signed in as operator may do this";

/** A button that does something in the engine; only an operator may. */
export function Action({ doing, label, disabled, what, onDone, children }: ActionProps) {
  const may = mayOperate();
  return (
    <button
      type="button"
      class="button"
      aria-label={label}
      disabled={!may || disabled === true}
      aria-disabled={doing.busy.value}
      title={may ? undefined : OPERATORS_ONLY}
      onClick={() => void doing.run(what).then((done) => void (done && onDone?.()))}
    >
      {children}
    </button>
  );
}

/** Why something was not done. */
export const Refused = ({ doing }: { doing: Doing }) =>
  doing.trouble.value === "" ? null : (
    <p class="refused" role="alert">
      {doing.trouble}
    </p>
  );
