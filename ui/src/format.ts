/**
 * Figures as text. Amounts go from exact decimal text to text, never through a float.
 *
 * The engine writes the same where the page is drawn before its script runs (web/page/figure_text.py).
 * What is read here of the settings is a signal: who shows a figure is drawn again when one changes.
 */

import { round, shift, sign } from "./decimal.ts";
import { currency as currencyShown, numbers, zone } from "./settings.ts";

/** What stands for a figure that isn't there. */
export const NOTHING = "—";

const MINUS = "−";
const SYMBOLS: Record<string, string> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };
/** Coins of which a hundredth is much. */
const FINE = new Set(["BTC", "XBT", "ETH", "BNB"]);
/** What an amount is written in units of, by the power of ten. */
const STEPS = [
  [9, "bn"],
  [6, "m"],
  [3, "k"],
] as const;
const DURATIONS = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
] as const;
const SPANS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A decimal without its sign, its thousands set apart. */
function grouped(amount: string): string {
  const [whole = "", fraction] = amount.replace("-", "").split(".");
  const style = numbers.value;
  const apart = style === "1,234.5" ? "," : style === "1.234,5" ? "." : "\u202f";
  const point = style === "1.234,5" ? "," : ".";
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, apart);
  return fraction === undefined ? thousands : thousands + point + fraction;
}

function signed(amount: string, plus: boolean): string {
  const side = sign(amount);
  return side < 0 ? MINUS : side > 0 && plus ? "+" : "";
}

function inCurrency(text: string, currency: string): string {
  const symbol = currencyShown.value === "$" ? SYMBOLS[currency] : undefined;
  return symbol === undefined ? `${text} ${currency}`.trimEnd() : symbol + text;
}

/** With so many decimals, and more where those are nothing or half of what is small. */
function told(amount: string, decimals: number): string {
  const small = (/^-?0\.(0*)[1-9]/.exec(amount)?.[1]?.length ?? -2) + 2;
  return small > decimals ? round(amount, small).replace(/0$/, "") : round(amount, decimals);
}

/** A gain or a loss with its sign, from a hundred on in whole units: +$227, −$0.30. */
export function gain(amount: string, currency: string): string {
  const decimals = FINE.has(currency) ? 4 : whole(amount) > 2 ? 0 : 2;
  const fitted = sign(amount) === 0 ? "0" : told(amount, decimals);
  return signed(fitted, true) + inCurrency(grouped(fitted), currency);
}

/** An amount in three digits or so: $18.4m, $412k, 12.5 BTC. */
export function size(amount: string, currency: string): string {
  const digits = round(amount, 0).replace("-", "").length;
  const [exponent, suffix] = STEPS.find(([power]) => digits > power) ?? [0, ""];
  const scaled = shift(amount, -exponent);
  const fitted = told(scaled, Math.max(0, 3 - whole(scaled)));
  return signed(fitted, false) + inCurrency(grouped(fitted) + suffix, currency);
}

/** How many digits stand before the point. */
const whole = (amount: string): number => (amount.replace("-", "").split(".")[0] ?? "").length;

/** An amount for a table, where the column or the row names the currency: 1,234.50. */
export function amount(exact: string, currency: string, plus = false): string {
  const fitted = told(exact, FINE.has(currency) ? 6 : 2);
  return signed(fitted, plus) + grouped(fitted);
}

/** All digits of a quantity or a price. */
export const exact = (digits: string, plus = false): string =>
  signed(digits, plus) + grouped(digits);

/** An amount of a chart, where a float is all there is, as exact text; a billionth of it is noise. */
export const digits = (value: number): string => value.toFixed(8);

/** An amount on an axis, in as many digits as tell ticks apart that are so far from each other. */
export function axis(value: number, currency: string, step: number): string {
  const [exponent, suffix] = STEPS.find(([power]) => Math.abs(value) >= 10 ** power) ?? [0, ""];
  // Steps are up to two and a half of something.
  const decimals = exponent + 1 - Math.floor(Math.log10(step));
  const scaled = (value / 10 ** exponent).toFixed(Math.min(Math.max(decimals, 1), 20));
  const short = scaled.replace(/\.?0+$/, "");
  return signed(short, false) + inCurrency(grouped(short) + suffix, currency);
}

export const count = (number: number): string =>
  (number < 0 ? MINUS : "") + grouped(String(Math.trunc(Math.abs(number))));

/** How many there are of what, such as "1 event". plural: where it is not the noun with an s. */
export const counted = (number: number, noun: string, plural = `${noun}s`): string =>
  `${count(number)} ${number === 1 ? noun : plural}`;

/**
 * A ratio as a whole percentage, never more than it is: 99.9 % of a limit is not all of it. Of a
 * limit of zero whatever is used is infinitely more.
 */
export const share = (ratio: number): string =>
  ratio === Infinity ? "over" : `${count(Math.trunc(ratio * 100 + 1e-9))}%`;

export const percent = (ratio: number, decimals = 2): string =>
  signed(ratio.toFixed(decimals + 2), false) + grouped((ratio * 100).toFixed(decimals)) + "%";

/** All digits of a confidence as a percentage: 97.5 % is no other's. */
export const confidence = (ratio: number): string =>
  `${exact(String(Number((ratio * 100).toPrecision(12))))}%`;

/** A plain number with so many decimals. */
export const decimal = (number: number, decimals: number): string =>
  exact(round(number.toFixed(Math.max(decimals, 0)), decimals));

/** A duration in three digits: 14.2 ms. */
export function duration(ns: number): string {
  for (const [unit, name] of DURATIONS) {
    if (Math.abs(ns) >= unit * 0.9995) {
      const value = ns / unit;
      const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) * 1.0005)));
      const digits = value
        .toFixed(decimals)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
      return `${exact(digits)} ${name}`;
    }
  }
  return `${count(ns)} ns`;
}

/** A length of time in the largest unit that it is a multiple of: 5 min. */
export function span(seconds: number): string {
  const [unit, name] = SPANS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "s"];
  return `${count(seconds / unit)} ${name}`;
}

/** How long something lasts, in its two largest units: 3 h 05 min, 12 s. */
export function elapsed(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  if (left < 60) return `${left} s`;
  const pair = (first: number, unit: string, rest: number, small: string): string =>
    `${first} ${unit} ${String(rest).padStart(2, "0")} ${small}`;
  if (left < 3_600) return pair(Math.floor(left / 60), "min", left % 60, "s");
  if (left < 86_400)
    return pair(Math.floor(left / 3_600), "h", Math.floor((left % 3_600) / 60), "min");
  return pair(Math.floor(left / 86_400), "d", Math.floor((left % 86_400) / 3_600), "h");
}

/** Bytes in binary units. */
export function bytes(size: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = size < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(size) / 10));
  return `${decimal(size / 1024 ** step, step === 0 ? 0 : 1)} ${names[step]}`;
}

interface Clock {
  date: string;
  time: string;
}

/** A time's date (ISO) and time of day (24 hours) in the zone that was chosen. */
export function clock(seconds: number): Clock {
  const moment = new Date(seconds * 1e3);
  const shown =
    zone.value === "UTC" ? moment : new Date(moment.getTime() - moment.getTimezoneOffset() * 6e4);
  const [date = "", time = ""] = shown.toISOString().split("T");
  return { date, time: time.slice(0, 8) };
}

const inSeconds = (ns: number): number => ns / 1e9;

/** 14:03:22 */
export const timeOfDay = (ns: number): string => clock(inSeconds(ns)).time;

/** 2026-11-26 14:03:22 */
export function moment(ns: number): string {
  const { date, time } = clock(inSeconds(ns));
  return `${date} ${time}`;
}

/** What is said of why an amount can't be known. */
const REASONS: Record<string, string> = {
  no_mark: "no price",
  mark_stale: "price too old",
  no_fx: "no exchange rate",
  fx_stale: "exchange rate too old",
  no_opening_mark: "no price when the period began",
  warming_up: "too few returns yet",
  gaps: "gaps in its returns",
  not_sampled: "not sampled",
  too_many: "too many instruments",
  limit_not_set: "not known: no such limit is set",
  use_not_known: "not known",
  limit_is_zero: "not known: its limit is zero",
};

export const reason = (why: string | null | undefined): string =>
  why === null || why === undefined ? "not known" : (REASONS[why] ?? words(why));

/** A method of VaR by its name. */
export const methodName = (method: string): string => METHODS[method] ?? words(method);

const METHODS: Record<string, string> = {
  ewma: "EWMA",
  cornish_fisher: "Cornish-Fisher",
  monte_carlo: "Monte Carlo",
};

/** A name of the API as words: "order_ack" is "order ack". */
export const words = (name: string): string => name.replaceAll("_", " ");
