import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** What a chip's colour means; its text and its icon say the same. */
export type ChipTone = "bad" | "warn" | "good" | "plain";

interface ChipProps {
  tone?: ChipTone;
  icon?: IconName;
  /** What else is to be known of it. */
  title?: string | undefined;
  children: ComponentChildren;
}

/** A state in a word. */
export const Chip = ({ tone = "plain", icon, title, children }: ChipProps) => (
  <span class={`chip is-${tone}`} title={title}>
    {icon !== undefined && <Icon name={icon} size={12} weight={icon === "dot" ? 9 : 3} />}
    {children}
  </span>
);
