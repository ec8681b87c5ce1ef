import { useSignal } from "@preact/signals";
import { HeatCard } from "../cards/latency-heat.tsx";
import {
  ClocksCard,
  ErrorsCard,
  QuantilesCard,
  RefusedCard,
  SkewsCard,
} from "../cards/latency-tables.tsx";
import { LatencyTiles } from "../cards/latency-tiles.tsx";
import { words } from "../format.ts";
import { chosen, LinkChoices } from "../parts/link-choices.tsx";
import { useSlide } from "../parts/slide.ts";
import { topic } from "../store.ts";
import "../style/latency.css";

const OPERATIONS = [
  "order_ack",
  "ack_to_fill",
  "cancel_ack",
  "tick_to_order",
  "api_request",
  "feed_delay",
] as const;

/** How long everything takes, and which figures are not to be had. */
export default function Latency() {
  const operation = chosen("operation", OPERATIONS);
  return (
    <>
      <LatencyTiles />
      <div class="choosing">
        <LinkChoices label="Operation" name="operation" options={OPERATIONS} show={words} />
      </div>
      <Heats operation={operation} />
      <QuantilesCard />
      <RefusedCard />
      <ErrorsCard />
      <ClocksCard />
      <SkewsCard />
    </>
  );
}

/** All venues together, and where there are several each by itself. */
function Heats({ operation }: { operation: string }) {
  const routes = topic("latency").value.value?.routes ?? [];
  const venues = [
    ...new Set(routes.filter((route) => route.operation === operation).map(({ venue }) => venue)),
  ].filter(Boolean);
  const own = venues.length > 1 ? venues : [];
  useSlide(own.join());
  // All of them begin together, so that what stands below each other happened at one time.
  const begin = useSignal<number | undefined>(undefined);
  return (
    <>
      <HeatCard
        key={operation}
        operation={operation}
        onBegin={(from) => void (begin.value = from)}
      />
      {own.length > 0 && (
        <div class="stack heats">
          {own.map((venue) => (
            <HeatCard key={operation + venue} operation={operation} venue={venue} since={begin} />
          ))}
        </div>
      )}
    </>
  );
}
