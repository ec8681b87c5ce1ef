import type { Page } from "../pages.ts";
import { choose, rangeName, RANGES, type RangeName } from "../range.ts";
import { timeOfDay } from "../format.ts";
import { zone } from "../settings.ts";
import { settingsOpen } from "../start.ts";
import { link, paused, shownAt } from "../store.ts";
import { Icon } from "./icon.tsx";

/** The page's title, whether it is live, and what can be chosen on every page. */
export function Top({ page, onPause }: { page: Page; onPause: () => void }) {
  return (
    <header class="top">
      <h1>{page.title}</h1>
      <Link />
      <span class="space" />
      {page.ranged && <Range />}
      <button
        class="button icon"
        onClick={onPause}
        aria-label={paused.value ? "Go on" : "Pause"}
        title="Pause (p)"
      >
        <Icon name={paused.value ? "play" : "pause"} />
      </button>
      <button
        class="button icon"
        onClick={() => void (settingsOpen.value = true)}
        aria-label="Settings and shortcuts"
        title="Settings and shortcuts (?)"
      >
        <Icon name="settings" />
      </button>
    </header>
  );
}

const LINKS = {
  connecting: { icon: "ring", text: "Connecting" },
  live: { icon: "dot", text: "Live" },
  stale: { icon: "cross", text: "Not live" },
  paused: { icon: "pause", text: "Paused" },
} as const;

/** Whether figures are live, by shape, word and colour, and as of when they are. */
function Link() {
  const state = link.value === "live" && paused.value ? "paused" : link.value;
  const { icon, text } = LINKS[state];
  return (
    <span class={`link ${state}`}>
      <Icon name={icon} size={14} weight={icon === "dot" ? 11 : 3} />
      <span>{text}</span>
      {shownAt.value > 0 && (
        <time>
          {timeOfDay(shownAt.value)}
          {zone.value === "UTC" ? " UTC" : ""}
        </time>
      )}
    </span>
  );
}

function Range() {
  return (
    <select
      class="choice"
      aria-label="Time range"
      value={rangeName.value ?? ""}
      onChange={(event) => choose(event.currentTarget.value as RangeName)}
    >
      {rangeName.value === undefined && <option value="">Zoomed</option>}
      {Object.keys(RANGES).map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
