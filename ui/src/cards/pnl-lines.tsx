import { gain } from "../format.ts";
import type { CardWidth } from "../parts/card.tsx";
import { Choices } from "../parts/choices.tsx";
import { param, setParams } from "../route.ts";
import { topic } from "../store.ts";
import { LinesCard, nameIn } from "./lines.tsx";

const BASES = ["net", "change"] as const;

/** P&L by strategy over the range that is shown: as it stands, or its change within it. */
export function PnlLinesCard({ width }: { width?: CardWidth }) {
  const chosen = param("pnl") === "change" ? "change" : "net";
  return (
    <LinesCard
      title="P&L by strategy"
      of="pnl"
      note={chosen === "net" ? "cumulative, net" : "change"}
      width={width}
      actions={
        <Choices
          label="What is drawn"
          quiet
          options={BASES}
          chosen={chosen}
          onChoose={(base) => setParams({ pnl: base === "net" ? "" : base })}
        />
      }
      write={gain}
      change={chosen === "net" ? undefined : since}
      newest={chosen === "net" ? exactNet : undefined}
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
