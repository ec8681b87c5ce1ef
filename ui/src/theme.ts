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
  if (theme.value === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme.value;
});

const SERIES = 8;

let probe: HTMLElement | undefined;

/** What a custom property is right now: the canvas knows no light-dark(). */
export function colour(name: string): string {
  if (probe === undefined) {
    probe = document.createElement("i");
    probe.hidden = true;
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
