import { useSignal } from "@preact/signals";
import { flowName, points, slippageOf, type Bucket } from "../execution.ts";
import { count, counted } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { param, setParams } from "../route.ts";
import { topic } from "../store.ts";

const FLOW = "flow";

/** How much fills were away from the mid when their orders were sent. */
export const SlippageCard = () => (
  <Card title="Slippage" note="fills by basis points" width="w7" actions={<Flow />}>
    <Known of={topic("execution")}>
      {({ slippage_edges, flows }) => {
        const chosen = flows.filter((flow) => param(FLOW) === "" || flowName(flow) === param(FLOW));
        const buckets = slippageOf(slippage_edges, chosen);
        const fills = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
        if (fills === 0) return <Empty>No fill with a mid to compare with yet.</Empty>;
        return <Distribution buckets={buckets} fills={fills} />;
      }}
    </Known>
  </Card>
);

function Flow() {
  const flows = topic("execution").value.value?.flows ?? [];
  return (
    <select
      class="choice"
      aria-label="Slippage of"
      value={param(FLOW)}
      onChange={(event) => setParams({ [FLOW]: event.currentTarget.value })}
    >
      <option value="">All flows</option>
      {flows.map((flow) => (
        <option key={flowName(flow)} value={flowName(flow)}>
          {flowName(flow)}
        </option>
      ))}
    </select>
  );
}

function Distribution({ buckets, fills }: { buckets: readonly Bucket[]; fills: number }) {
  const pointed = useSignal<number | null>(null);
  const most = Math.max(...buckets.map((bucket) => bucket.count));
  const shown = pointed.value === null ? undefined : buckets[pointed.value];
  const better = sumOf(buckets.filter(({ to }) => to !== null && to <= 0));
  return (
    <>
      <div
        class="distribution"
        role="img"
        aria-label={buckets
          .filter(({ count }) => count > 0)
          .map(tell)
          .join("; ")}
        onPointerLeave={({ pointerType }) => pointerType === "mouse" && (pointed.value = null)}
      >
        {buckets.map((bucket, place) => (
          <div
            key={place}
            class={bucket.to !== null && bucket.to <= 0 ? "better" : "worse"}
            onPointerEnter={() => void (pointed.value = place)}
          >
            <i style={{ "--above": `${100 - heightOf(bucket.count, most)}%` }} />
            <small>{edge(bucket)}</small>
          </div>
        ))}
      </div>
      <p class="sides">
        <span class="pos">← at the mid or better: {count(better)}</span>
        <span>{shown === undefined ? counted(fills, "fill") : tell(shown)}</span>
        <span class="neg">
          cost us: <i>{count(fills - better)}</i> →
        </span>
      </p>
    </>
  );
}

/** Of the column; what there is little of is still to be seen. */
const heightOf = (count: number, most: number): number =>
  count === 0 ? 0 : Math.max(1, (count / most) * 100);

const sumOf = (buckets: readonly Bucket[]): number =>
  buckets.reduce((sum, bucket) => sum + bucket.count, 0);

/** A bucket's outer edge, from zero. */
function edge({ from, to }: Bucket): string {
  if (from === null) return `<${short(to)}`;
  if (to === null) return `>${short(from)}`;
  return to <= 0 ? short(from) : short(to);
}

const short = (ratio: number | null): string =>
  (points(ratio, 1) ?? "").replace(/[.,]0$/, "").replace("+", "");

function tell({ from, to, count: fills }: Bucket): string {
  const span =
    from === null
      ? `below ${points(to)}`
      : to === null
        ? `above ${points(from)}`
        : `${points(from)} to ${points(to)}`;
  return `${counted(fills, "fill")} ${span} bp`;
}
