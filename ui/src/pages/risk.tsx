import { ExposureTableCard } from "../cards/exposure-table.tsx";
import { LimitTableCard, MissingCard } from "../cards/limit-table.tsx";
import { LinesCard } from "../cards/lines.tsx";
import { LiquidationCard, MarginCard } from "../cards/margin.tsx";
import { RiskTiles } from "../cards/risk-tiles.tsx";
import { BacktestCard, VarCard } from "../cards/var-tables.tsx";
import { size } from "../format.ts";
import { growLines } from "../grow.ts";
import "../style/stops.css";

/** What is at stake, against each limit. */
export default function Risk() {
  return (
    <>
      <RiskTiles />
      <LimitTableCard />
      <div class="w4 stack">
        <MissingCard />
        <LinesCard
          title="Gross exposure"
          of="exposure"
          drawn="gross"
          note="by strategy"
          write={size}
          grow={growLines}
        />
      </div>
      <ExposureTableCard />
      <VarCard />
      <BacktestCard />
      <MarginCard />
      <LiquidationCard />
    </>
  );
}
