import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Broken, useBroken } from "./state.tsx";

/** How many of the twelve columns a card takes on a desktop; all without it. */
export type CardWidth = "w3" | "w4" | "w5" | "w6" | "w7" | "w8";

interface CardProps {
  title: string;
  note?: ComponentChildren;
  /** What can be chosen or done, at the right of the title. */
  actions?: ComponentChildren;
  width?: CardWidth;
  children: ComponentChildren;
}

/** A titled panel of a page. */
export function Card({ title, note, actions, width, children }: CardProps) {
  const [id, broken] = [useId(), useBroken()];
  return (
    <section class={`card ${width ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <small>{note}</small>}
        {actions !== undefined && <div class="actions">{actions}</div>}
      </header>
      {broken ? <Broken /> : children}
    </section>
  );
}
