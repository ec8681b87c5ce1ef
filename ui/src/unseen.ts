/** Whether nobody has looked at the page for a while. */

import { signal } from "@preact/signals";

/** Long enough for a look at another page, which is then no reason to begin again. */
const UNSEEN_MS = 30_000;

/**
 * A browser opens few connections to an address, for all pages of it together: a page that nobody
 * sees lets go of its own, or a page more would wait without end.
 */
export const unseen = signal(false);

let timer = 0;

function look(): void {
  clearTimeout(timer);
  if (document.hidden) timer = window.setTimeout(() => void (unseen.value = true), UNSEEN_MS);
  else unseen.value = false;
}

document.addEventListener("visibilitychange", look);
look();
