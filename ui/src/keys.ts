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
  target instanceof Element &&
  target.closest("input:not([type=radio]), textarea, select, dialog") !== null;

/** What a key means: with Caps Lock the small letter, and the Latin one where letters are others. */
function letter({ key, code, shiftKey }: KeyboardEvent): string {
  const latin = /^Key([A-Z])$/.exec(code)?.[1];
  if (key > "\x7f" && latin !== undefined) return latin.toLowerCase();
  return shiftKey ? key : key.toLowerCase();
}

const of = (keys: string): Shortcut | undefined => shortcuts.findLast((one) => one.keys === keys);

addEventListener("keydown", (event) => {
  // Shift, and whatever else writes nothing: "?" is reached by it, and "/" on many keyboards.
  if (event.key.length > 1 || event.repeat) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const first = event.timeStamp - beforeAt < TOGETHER_MS ? before : "";
  const key = letter(event);
  const found = of(first + key) ?? of(key);
  [before, beforeAt] = [found === undefined ? key : "", event.timeStamp];
  if (found === undefined) return;
  event.preventDefault();
  found.run();
});
