import type { ComponentChildren } from "preact";
import { linkTo } from "../route.ts";
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
