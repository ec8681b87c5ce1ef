import type { ComponentChildren } from "preact";
import { reason } from "../format.ts";
import { linkTo } from "../route.ts";
import type { Topic } from "../store.ts";
import { Figure, toneOf, type Tone } from "./figure.tsx";

export interface TileProps {
  label: string;
  /** One for each currency; null where it can't be known: then `note` says why. */
  value: string | readonly string[] | null;
  note: string;
  /** Of all of it, or of each by its sign. */
  tone?: Tone | "signed";
  /** The page that says more. */
  page?: string;
}

/** What a tile shows of an answer. */
export type Said = Pick<TileProps, "value" | "note" | "tone">;

/** What a topic's answer says; until it came, that; where there is none, why. */
export function said<T>({ value, trouble }: Topic<T>, say: (value: T) => Said): Said {
  if (trouble !== undefined) return { value: null, note: trouble, tone: "warn" };
  return value === undefined ? { value: null, note: "waiting for the engine" } : say(value);
}

/** What is said where an account's amount can't be known. */
export const unknownOf = (row: { account: string; unpriced: string | null }): Said => ({
  value: null,
  note: `${row.account}: ${reason(row.unpriced)}`,
  tone: "warn",
});

/** One key figure. */
export function Tile({ label, value, note, tone = "", page }: TileProps) {
  const texts = [value].flat();
  // A figure that is broken reads as another one.
  const long = texts.some((text) => /\S{11}/.test(text ?? ""));
  const inside = (
    <>
      <span>{label}</span>
      <b class={long ? `${tone} long` : tone}>
        {texts.map((text, place) => (
          <>
            {place > 0 && " "}
            <Figure text={text} why={note} tone={tone === "signed" ? toneOf(text ?? "") : ""} />
          </>
        ))}
      </b>
      <small title={note}>{note}</small>
    </>
  );
  if (page === undefined) return <div class="kpi">{inside}</div>;
  return (
    <a class="kpi" href={linkTo(page)}>
      {inside}
    </a>
  );
}

/** A row of key figures. */
export const Tiles = ({ children }: { children: ComponentChildren }) => (
  <section class="kpis" aria-label="Key figures">
    {children}
  </section>
);
