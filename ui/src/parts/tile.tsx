import type { ComponentChildren } from "preact";
import { linkTo } from "../route.ts";
import { Figure, type Tone } from "./figure.tsx";

interface TileProps {
  label: string;
  /** null where it can't be known: then `note` says why. */
  value: string | null;
  note: string;
  tone?: Tone;
  /** The page that says more. */
  page?: string;
}

/** One key figure. */
export function Tile({ label, value, note, tone = "", page }: TileProps) {
  const inside = (
    <>
      <span>{label}</span>
      <b class={tone}>
        <Figure text={value} why={note} />
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
