/** The colours as the canvas needs them: which of light and dark holds, and what a name stands for. */

import { computed, effect, signal } from "@preact/signals";
import { theme } from "./settings.ts";

const light = matchMedia("(prefers-color-scheme: light)");
const systemIsLight = signal(light.matches);
light.addEventListener("change", () => void (systemIsLight.value = light.matches));

export const scheme = computed<"dark" | "light">(() => {
  if (theme.value !== "system") return theme.value;
  return systemIsLight.value ? "light" : "dark";
});

effect(() => {
  const root = document.documentElement;
  const chosen = theme.value === "system" ? "" : theme.value;
  if (chosen === "") delete root.dataset["theme"];
  else root.dataset["theme"] = chosen;
  // The server draws the first picture in the theme that was chosen: no flash of the other one.
  const age = chosen === "" ? 0 : 365 * 86_400;
  document.cookie = `deskwatch_theme=${chosen}; path=/; max-age=${age}; SameSite=Strict`;
});

const SERIES = 8;

let probe: HTMLElement | undefined;

/** What a custom property is right now: the canvas knows no light-dark(). */
export function colour(name: string): string {
  if (probe === undefined) {
    probe = document.createElement("i");
    probe.hidden = true;
    // The system's colours would make all lines one.
    probe.style.setProperty("forced-color-adjust", "none");
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** The custom property of the nth series' colour, and whether its line is dashed. */
export const series = (place: number): { name: string; dashed: boolean } => ({
  name: `--s${place % SERIES}`,
  dashed: place >= SERIES,
});
