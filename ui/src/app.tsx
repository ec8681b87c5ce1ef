/** The frame around every page, and which page is in it. */

import { effect, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { identify, session } from "./api.ts";
import { shortcut } from "./keys.ts";
import { ALWAYS, PAGES, pageAt } from "./pages.ts";
import { Banner } from "./parts/banner.tsx";
import { Login } from "./parts/login.tsx";
import { Rail } from "./parts/rail.tsx";
import { Settings, settingsOpen } from "./parts/settings.tsx";
import { Loading, Trouble } from "./parts/state.tsx";
import { Top } from "./parts/top.tsx";
import { followLink, go, linkTo, path } from "./route.ts";
import { next, theme, THEMES, zone, ZONES } from "./settings.ts";
import { frozen, pause, paused, resume } from "./store.ts";
import { follow, onRefused, reopen } from "./stream.ts";

const drawn = signal<{ at: string; page?: ComponentType; trouble?: string }>({ at: "" });

function start(): () => void {
  const ends = [
    effect(() => {
      const page = pageAt(path.value);
      document.title = `${page.title} · deskwatch`;
      follow([...ALWAYS, ...page.topics]);
      void draw(page.path);
    }),
    shortcut("p", "Pause, or go on", togglePause),
    shortcut(
      "t",
      "Theme: system, dark, light",
      () => void (theme.value = next(THEMES, theme.value)),
    ),
    shortcut("u", "Times: local, UTC", () => void (zone.value = next(ZONES, zone.value))),
    shortcut("?", "Settings and shortcuts", () => void (settingsOpen.value = true)),
    shortcut("/", "Filter", () =>
      document.querySelector<HTMLElement>("main input[type=search]")?.focus(),
    ),
    ...PAGES.map((page) => shortcut(`g${page.key}`, page.title, () => go(linkTo(page.path)))),
  ];
  onRefused(() => void identify().catch(() => undefined));
  identify().catch(() => undefined);
  return () => ends.forEach((end) => end());
}

async function draw(at: string): Promise<void> {
  try {
    const loaded = await pageAt(at).load();
    if (pageAt(path.peek()).path === at) drawn.value = { at, page: loaded.default };
  } catch {
    // A newer engine has other files: the page that is open is of the older one.
    drawn.value = { at, trouble: "This page could not be loaded. Load it anew." };
  }
}

function togglePause(): void {
  if (paused.peek()) resume();
  else pause();
}

export function App() {
  useEffect(start, []);
  const page = pageAt(path.value);
  const { at, page: View, trouble } = drawn.value;
  if (session.value?.login_required === true && session.value.role === null)
    return <Login onDone={reopen} />;
  return (
    <>
      <a class="skip" href="#app">
        Skip to the figures
      </a>
      <Rail current={page} />
      <div class={frozen.value ? "frame frozen" : "frame"} onClick={followLink}>
        <Top page={page} onPause={togglePause} />
        <Banner />
        <main id="app" tabIndex={-1}>
          {trouble !== undefined && at === page.path ? (
            <Trouble detail={trouble} />
          ) : View !== undefined && at === page.path ? (
            <View />
          ) : (
            <Loading />
          )}
        </main>
      </div>
      <Settings />
    </>
  );
}
