import { exact } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { topic } from "../store.ts";

/** What was executed beyond its quantity: only there when something was. */
export function ExecutedOver() {
  const over = topic("execution").value.value?.over ?? [];
  if (over.length === 0) return null;
  return (
    <Card title="Executed more than was ordered">
      <ul class="stops">
        {over.map((row) => (
          <li key={[row.account, row.symbol, row.order_id].join("/")}>
            <b>
              {row.symbol === null ? "Order" : "Parent"} {row.order_id}
            </b>{" "}
            {[row.account, row.strategy, row.venue, row.symbol ?? ""].filter(Boolean).join(" · ")}:{" "}
            {exact(row.executed)} executed of {exact(row.ordered)} ordered
          </li>
        ))}
      </ul>
    </Card>
  );
}
