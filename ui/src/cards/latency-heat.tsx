import { useComputed } from "@preact/signals";
import { words } from "../format.ts";
import type { LatencyTimelineAnswer } from "../answers.ts";
import { growLatency } from "../grow.ts";
import type { Heat } from "../heat.ts";
import { Card, type CardWidth } from "../parts/card.tsx";
import { Heatmap, ScaleChoices, type HeatmapProps } from "../parts/heatmap.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { rangeName } from "../range.ts";
import { useTimeline } from "../timeline.ts";

interface HeatCardProps {
  operation: string;
  /** Empty: all of them. */
  venue?: string;
  width?: CardWidth;
  since?: HeatmapProps["since"];
  onBegin?: HeatmapProps["onBegin"];
}

const TITLES: Record<string, string> = {
  order_ack: "Order → ack latency",
  ack_to_fill: "Ack → fill latency",
  cancel_ack: "Cancel → ack latency",
  tick_to_order: "Tick → order latency",
  feed_delay: "Feed delay",
  api_request: "Requests to venues",
};

const NOTHING: Heat = { times: [], step_s: 1, edges_s: [], counts: [] };

/** What is counted. */
const UNITS: Record<string, string> = { api_request: "requests", feed_delay: "messages" };

/** How long an operation took, over time. */
export function HeatCard({ operation, venue = "", width, since, onBegin }: HeatCardProps) {
  const query = `operation=${operation}&venue=${encodeURIComponent(venue)}`;
  const timeline = useTimeline<LatencyTimelineAnswer>("latency", {
    query,
    grow: growLatency,
  });
  const data = useComputed(() => timeline.value.value ?? NOTHING);
  const name = TITLES[operation] ?? words(operation);
  const title = venue === "" ? name : `${name}: ${venue}`;
  return (
    <Card
      title={title}
      note={rangeName.value === undefined ? "zoomed" : `last ${rangeName.value}`}
      width={width}
      actions={venue === "" ? <ScaleChoices /> : undefined}
    >
      <Heatmap
        label={`${title} over time; the table of quantiles says the same in figures`}
        unit={UNITS[operation] ?? "orders"}
        data={data}
        since={since}
        onBegin={onBegin}
      >
        <Known of={timeline}>{() => <Empty>Nothing was measured in this time.</Empty>}</Known>
      </Heatmap>
    </Card>
  );
}
