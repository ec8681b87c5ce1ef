import { ExecutedOver } from "../cards/executed-over.tsx";
import { ExecutionFigures } from "../cards/execution-figures.tsx";
import { FlowsCard } from "../cards/flows.tsx";
import { MarkoutsCard } from "../cards/markouts.tsx";
import { OpenOrdersCard } from "../cards/open-orders.tsx";
import { OrdersToTradesCard } from "../cards/orders-to-trades.tsx";
import { RejectsCard } from "../cards/rejects.tsx";
import { SlippageCard } from "../cards/slippage.tsx";
import type { Period } from "../execution.ts";
import { param } from "../route.ts";
import "../style/execution.css";
import "../style/stops.css";

/** What became of our orders, and at what cost. */
export default function Execution() {
  const period: Period = param("period") === "day" ? "day" : "window";
  return (
    <>
      <ExecutionFigures period={period} />
      <ExecutedOver />
      <FlowsCard period={period} />
      <SlippageCard />
      <RejectsCard />
      <MarkoutsCard period={period} />
      <OrdersToTradesCard />
      <OpenOrdersCard />
    </>
  );
}
