import { Chip, type ChipTone } from "../parts/chip.tsx";
import type { IconName } from "../parts/icon.tsx";

const LOOKS: Record<string, { tone: ChipTone; icon: IconName }> = {
  page: { tone: "bad", icon: "cross" },
  warning: { tone: "warn", icon: "warning" },
  info: { tone: "plain", icon: "dot" },
};

/** How bad an alert is, by word, shape and colour. */
export function Severity({ of }: { of: string }) {
  const { tone, icon } = LOOKS[of] ?? { tone: "plain", icon: "ring" };
  return (
    <Chip tone={tone} icon={icon}>
      {of === "" ? "no severity" : of}
    </Chip>
  );
}

/** The class that an alert's line is coloured by. */
export const severityClass = (severity: string): string => (severity in LOOKS ? severity : "info");
