import { LinesCard } from "../cards/lines.tsx";
import { PnlLinesCard } from "../cards/pnl-lines.tsx";
import { DaysCard, HoursCard } from "../cards/pnl-periods.tsx";
import { PnlTableCard } from "../cards/pnl-table.tsx";
import { PnlTiles } from "../cards/pnl-tiles.tsx";
import { size } from "../format.ts";
import { growLines } from "../grow.ts";
import "../style/pnl.css";

/** What the desk earns: by what, by whom, and when. */
export default function Pnl() {
  return (
    <>
      <PnlTiles />
      <PnlLinesCard width="w8" />
      <LinesCard
        title="Drawdown"
        of="drawdown"
        note="below the peak"
        width="w4"
        grow={growLines}
        write={size}
      />
      <HoursCard />
      <DaysCard />
      <PnlTableCard />
    </>
  );
}
