import { gain } from "../format.ts";
import { growLines } from "../grow.ts";
import { nameIn } from "../line-names.ts";
import type { CardWidth } from "../parts/card.tsx";
import { chosen, LinkChoices } from "../parts/link-choices.tsx";
import { topic } from "../store.ts";
import { LinesCard } from "./lines.tsx";

const BASES = ["net", "change"] as const;

/** P&L by strategy over the range that is shown: as it stands, or its change within it. */
export function PnlLinesCard({ width }: { width?: CardWidth }) {
  const base = chosen("pnl", BASES);
  return (
    <LinesCard
      title="P&L by strategy"
      of="pnl"
      note={base === "net" ? "cumulative, net" : "change"}
      width={width}
      actions={<LinkChoices label="What is drawn" name="pnl" options={BASES} />}
      grow={growLines}
      write={gain}
      change={base === "net" ? undefined : since}
      newest={base === "net" ? exactNet : undefined}
    />
  );
}

/** Each figure less the first that is known. */
function since(values: (number | null)[]): (number | null)[] {
  const first = values.find((value) => value !== null) ?? 0;
  return values.map((value) => (value === null ? null : value - first));
}

/** The newest figure as the books have it, exact; undefined where they know no such strategy. */
function exactNet(name: string): string | null | undefined {
  const rows = topic("pnl").value.value?.strategies ?? [];
  const row = rows.find((one) => nameIn(rows, one) === name);
  if (row === undefined) return undefined;
  return row.net === null ? null : gain(row.net, row.currency);
}
