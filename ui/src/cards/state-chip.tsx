import { words } from "../format.ts";
import type { Look } from "../health.ts";
import { Chip } from "../parts/chip.tsx";

/** A state by word, shape and colour. */
export const StateChip = ({
  state,
  look,
  title,
}: {
  state: string;
  look: Look;
  title?: string;
}) => (
  <Chip tone={look.tone} icon={look.icon} title={title}>
    {words(state)}
  </Chip>
);
