/** Keyboard shortcuts: a letter, or "g" and then a letter; never while something is typed. */

interface Shortcut {
  keys: string;
  /** What it does, for the list of them. */
  does: string;
  run: () => void;
}

/** How long after the first letter the second one still belongs to it. */
const TOGETHER_MS = 1_500;

export const shortcuts: Shortcut[] = [];

let before = "";
let beforeAt = 0;

/** Add a shortcut; what is returned takes it away. */
export function shortcut(keys: string, does: string, run: () => void): () => void {
  const added = { keys, does, run };
  shortcuts.push(added);
  return () => void shortcuts.splice(shortcuts.indexOf(added), 1);
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, textarea, select, dialog") !== null;

const of = (keys: string): Shortcut | undefined => shortcuts.findLast((one) => one.keys === keys);

addEventListener("keydown", (event) => {
  // Shift, and whatever else writes nothing: "?" is reached by it, and "/" on many keyboards.
  if (event.key.length > 1) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const first = event.timeStamp - beforeAt < TOGETHER_MS ? before : "";
  const found = of(first + event.key) ?? of(event.key);
  [before, beforeAt] = [found === undefined ? event.key : "", event.timeStamp];
  if (found === undefined) return;
  event.preventDefault();
  found.run();
});
