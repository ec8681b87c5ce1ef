import { DrillCard } from "../cards/drill.tsx";
import { RunCard } from "../cards/drill-run.tsx";
import { Card } from "../parts/card.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { topic } from "../store.ts";
import "../style/alerts.css";
import "../style/drills.css";

/** Would what guards the desk work, if it had to? */
export default function Drills() {
  return (
    <>
      <Known of={topic("drills")}>
        {({ drills }) =>
          drills.length === 0 ? (
            <Card title="Last results">
              <Empty>No drill has run, and none is required: what was never tried is a hope.</Empty>
            </Card>
          ) : (
            drills.map((drill) => <DrillCard key={drill.drill} drill={drill} />)
          )
        }
      </Known>
      <RunCard />
    </>
  );
}
