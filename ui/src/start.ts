/** What runs besides the drawing: which page is in the frame, what is followed, the shortcuts. */

import { effect, signal, untracked } from "@preact/signals";
import type { ComponentType } from "preact";
import { identify, session } from "./api.ts";
import { shortcut } from "./keys.ts";
import { ALWAYS, PAGES, pageAt } from "./pages.ts";
import { go, linkTo, path } from "./route.ts";
import { next, theme, THEMES, zone, ZONES } from "./settings.ts";
import { engineNow, link, pause, paused, resume } from "./store.ts";
import { follow, onRefused } from "./stream.ts";

/** How long to wait after a try that failed. */
const AGAIN_MS = 2_000;

/** What is in the frame: the page at a path; none where it can't be drawn. */
export const drawn = signal<{ at: string; page?: ComponentType }>({ at: "" });

/** A part of the page that is loaded once it is wanted. */
function later<P>(load: () => Promise<ComponentType<P>>) {
  const part = signal<ComponentType<P> | undefined>(undefined);
  const want = async (): Promise<void> => {
    try {
      part.value ??= await load();
    } catch {
      setTimeout(() => void want(), AGAIN_MS);
    }
  };
  return { part, want };
}

/** Asks who is there. */
export const login = later(async () => (await import("./parts/login.tsx")).Login);

export const settings = later(async () => (await import("./parts/settings.tsx")).Settings);
export const settingsOpen = signal(false);

export const mustLogIn = (): boolean =>
  session.value?.login_required === true && session.value.role === null;

export function togglePause(): void {
  if (paused.peek()) resume();
  else pause();
}

/** Begin, and return when there is something to draw that is better than what the server drew. */
export async function start(): Promise<void> {
  addShortcuts();
  onRefused(() => void identify().catch(() => undefined));
  const ask = (): void => void identify().catch(() => setTimeout(ask, AGAIN_MS));
  ask();
  let at = pageAt(path.peek());
  effect(() => {
    const page = pageAt(path.value);
    // What was held still is left: of another page nothing was held.
    if (page !== at) untracked(resume);
    at = page;
    document.title = `${page.title} · deskwatch`;
    follow([...ALWAYS, ...page.topics]);
    void load(page.path);
  });
  effect(() => void (mustLogIn() && login.want()));
  effect(() => void (settingsOpen.value && settings.want()));
  await new Promise<void>((done) => {
    effect(() => {
      // Not before the engine's clock is known: this machine's may be off.
      const clock = link.value === "stale" || engineNow.value > 0;
      const figures = clock && drawn.value.at !== "";
      if (mustLogIn() ? login.part.value !== undefined : figures) done();
    });
  });
}

async function load(at: string): Promise<void> {
  try {
    const loaded = await pageAt(at).load();
    if (pageAt(path.peek()).path === at) drawn.value = { at, page: loaded.default };
  } catch {
    // A newer engine has other files: the page that is open is of the older one.
    drawn.value = { at };
  }
}

function addShortcuts(): void {
  shortcut("p", "Pause, or go on", togglePause);
  shortcut("t", "Theme: system, dark, light", () => {
    theme.value = next(THEMES, theme.value);
  });
  shortcut("u", "Times: local, UTC", () => {
    zone.value = next(ZONES, zone.value);
  });
  shortcut("?", "Settings and shortcuts", () => {
    settingsOpen.value = true;
  });
  shortcut("/", "Filter", () => {
    document.querySelector<HTMLElement>("main input[type=search]")?.focus();
  });
  for (const page of PAGES)
    shortcut(`g${page.key}`, page.title, () => {
      go(linkTo(page.path));
    });
}
