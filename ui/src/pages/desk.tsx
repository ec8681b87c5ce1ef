import { BreakersCard } from "../cards/breakers.tsx";
import { KeyFigures } from "../cards/key-figures.tsx";
import { HeatCard } from "../cards/latency-heat.tsx";
import { Limits } from "../cards/limits.tsx";
import { PnlLinesCard } from "../cards/pnl-lines.tsx";
import { PositionsCard } from "../cards/positions.tsx";
import { Card } from "../parts/card.tsx";

/** Are we making money, are we inside our limits, is anything slow or stopped? */
export default function Desk() {
  return (
    <>
      <KeyFigures />
      <PnlLinesCard width="w8" />
      <div class="w4 stack">
        <BreakersCard />
        <Card title="Nearest limits">
          <Limits most={6} />
        </Card>
      </div>
      <HeatCard operation="order_ack" width="w4" />
      <PositionsCard />
    </>
  );
}
