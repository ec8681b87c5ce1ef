import { NOTHING } from "../format.ts";

/** How a figure is coloured; what it means always stands in its text, too. */
export type Tone = "pos" | "neg" | "warn" | "";

/** A figure; where there is none, a dash with the reason, for the mouse, a finger and read aloud. */
export function Figure({
  text,
  why,
  tone = "",
}: {
  text: string | null;
  why?: string | undefined;
  tone?: Tone;
}) {
  if (text !== null) return <span class={tone}>{text}</span>;
  return (
    <span class="why" title={why} tabIndex={-1}>
      <span aria-hidden="true">{NOTHING}</span>
      <span class="aloud">{why ?? "not known"}</span>
    </span>
  );
}

/** The tone of a gain or a loss, as it is written. */
export const toneOf = (text: string): Tone =>
  text.startsWith("+") ? "pos" : text.startsWith("−") ? "neg" : "";
