import { rejectsOf } from "../execution.ts";
import { words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { Tally } from "../parts/tally.tsx";
import { topic } from "../store.ts";

/** Why orders were refused. */
export const RejectsCard = () => (
  <Card title="Rejects" note="by reason, since the first event" width="w5">
    <Known of={topic("execution")}>
      {({ flows }) => {
        const rows = rejectsOf(flows).map(({ name, count }) => ({ name: words(name), count }));
        if (rows.length === 0) return <Empty>No order was refused.</Empty>;
        return <Tally label="Refused orders by reason" rows={rows} />;
      }}
    </Known>
  </Card>
);
