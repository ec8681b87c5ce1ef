/** What a person chooses about how the page looks: kept in this browser, nowhere else. */

import { effect, signal, type Signal } from "@preact/signals-core";

import { storage } from "./storage.ts";

export type Theme = "system" | "dark" | "light";
export type Zone = "local" | "UTC";
/** How thousands are set apart, and the decimal point. */
export type Numbers = "1,234.5" | "1.234,5" | "1 234.5";
/** Whether an amount is written with its currency's sign or with its code. */
export type Currency = "$" | "USD";

export const THEMES: readonly Theme[] = ["system", "dark", "light"];
export const ZONES: readonly Zone[] = ["local", "UTC"];
export const NUMBERS: readonly Numbers[] = ["1,234.5", "1.234,5", "1 234.5"];
export const CURRENCIES: readonly Currency[] = ["$", "USD"];

export const theme = kept("theme", THEMES);
export const zone = kept("zone", ZONES);
export const numbers = kept("numbers", NUMBERS);
export const currency = kept("currency", CURRENCIES);

function kept<T extends string>(
  name: string,
  choices: readonly [T, ...T[]] | readonly T[],
): Signal<T> {
  const first = choices[0] as T;
  const local = storage("localStorage");
  const found = local?.getItem(`deskwatch.${name}`);
  const chosen = signal(choices.find((choice) => choice === found) ?? first);
  effect(() => local?.setItem(`deskwatch.${name}`, chosen.value));
  return chosen;
}

/** The one that follows `chosen`, in a circle. */
export function next<T>(choices: readonly T[], chosen: T): T {
  return choices[(choices.indexOf(chosen) + 1) % choices.length] as T;
}
