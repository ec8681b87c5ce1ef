import { summed, total } from "../amounts.ts";
import type { ExposureAnswer, LimitsAnswer } from "../answers.ts";
import { count, decimal, percent, size, words } from "../format.ts";
import { Known } from "../parts/state.tsx";
import { Tile, Tiles, unknownOf } from "../parts/tile.tsx";
import { topic } from "../store.ts";
import { VarTile } from "./key-figures.tsx";
import { subject } from "./limits.tsx";

/** What is at stake, and how near the nearest limit is. */
export const RiskTiles = () => (
  <Known of={topic("exposure")}>
    {(exposure) => (
      <Tiles>
        <Sum exposure={exposure} label="Gross" part="gross" note="long and short" />
        <Sum exposure={exposure} label="Net" part="net" note="long less short" />
        <Sum exposure={exposure} label="Working" part="working" note="more, if open orders fill" />
        <Leverage exposure={exposure} />
        <Concentration exposure={exposure} />
        <VarTile />
        <Nearest limits={topic("limits").value.value} />
      </Tiles>
    )}
  </Known>
);

interface SumProps {
  exposure: ExposureAnswer;
  label: string;
  part: "gross" | "net" | "working";
  note: string;
}

function Sum({ exposure, label, part, note }: SumProps) {
  const found = total(exposure, (row) => row[part]);
  if ("unknown" in found) return <Tile label={label} {...unknownOf(found.unknown)} />;
  const value = found.sums.map(({ amount, currency }) => size(amount, currency)).join(" ");
  return (
    <Tile
      label={label}
      value={value === "" ? null : value}
      note={value === "" ? "no position yet" : note}
    />
  );
}

function Leverage({ exposure }: { exposure: ExposureAnswer }) {
  const leverage = summed(exposure.leverage, exposure);
  const unknown = leverage.find((row) => row.leverage === null);
  if (unknown !== undefined)
    return (
      <Tile
        label="Leverage"
        value={null}
        note={`${unknown.account}: no equity left, or not known`}
        tone="warn"
      />
    );
  const highest = leverage.toSorted((one, other) => (other.leverage ?? 0) - (one.leverage ?? 0))[0];
  if (highest?.leverage === null || highest === undefined)
    return <Tile label="Leverage" value={null} note="no account yet" />;
  return (
    <Tile
      label="Leverage"
      value={`${decimal(highest.leverage, 2)}×`}
      note={`${highest.account}, the highest`}
    />
  );
}

function Concentration({ exposure }: { exposure: ExposureAnswer }) {
  const label = "Concentration";
  const accounts = summed(exposure.accounts, exposure);
  const unknown = accounts.find(({ concentration }) => concentration == null);
  if (unknown !== undefined) return <Tile label={label} {...unknownOf(unknown)} />;
  const [highest] = accounts.toSorted(
    (one, other) => (other.concentration ?? 0) - (one.concentration ?? 0),
  );
  if (highest === undefined) return <Tile label={label} value={null} note="no account yet" />;
  return (
    <Tile
      label={label}
      value={percent(highest.concentration ?? 0, 0)}
      note={`${highest.account}, one symbol`}
    />
  );
}

function Nearest({ limits }: { limits: LimitsAnswer | undefined }) {
  if (limits === undefined)
    return <Tile label="Limits" value={null} note="waiting for the engine" />;
  const missing = limits.missing.length > 0 ? `${count(limits.missing.length)} missing` : "";
  const breached = limits.limits.filter((row) => row.state === "breached").length;
  if (breached > 0)
    return (
      <Tile
        label="Limits"
        value={`${count(breached)} breached`}
        note={missing || "see below"}
        tone="neg"
      />
    );
  if (missing) return <Tile label="Limits" value={missing} note="see below" tone="neg" />;
  const worst = limits.limits[0];
  if (worst === undefined)
    return <Tile label="Limits" value={null} note="no limit is set" tone="warn" />;
  const value =
    worst.utilization === null ? null : percent(Math.floor(worst.utilization * 1000) / 1000, 1);
  const tone = worst.state === "ok" ? "" : "warn";
  return (
    <Tile
      label="Nearest limit"
      value={value}
      note={`${words(worst.limit)}, ${subject(worst)}`}
      tone={tone}
    />
  );
}
