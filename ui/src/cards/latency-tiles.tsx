import type { LatencyAnswer } from "../answers.ts";
import { count, duration, words } from "../format.ts";
import { Known } from "../parts/state.tsx";
import { Tile, Tiles } from "../parts/tile.tsx";
import { farthestOff, slowest } from "../slowest.ts";
import { topic } from "../store.ts";

/** The legs that have a tile, in the order of an order's life. */
const LEGS = ["tick_to_order", "order_ack", "ack_to_fill", "cancel_ack", "api_request"] as const;

export const LatencyTiles = () => (
  <Known of={topic("latency")}>
    {(answer) => (
      <Tiles>
        {LEGS.map((operation) => (
          <Leg key={operation} answer={answer} operation={operation} />
        ))}
        <Clock answer={answer} />
        <Refused answer={answer} />
      </Tiles>
    )}
  </Known>
);

function Leg({ answer, operation }: { answer: LatencyAnswer; operation: string }) {
  const label = `${words(operation)} p99`;
  const found = slowest(answer.routes, operation);
  if (found === undefined) return <Tile label={label} value={null} note="too few to tell" />;
  const { route, p99, window } = found;
  const of = [route.venue, words(route.request)].filter(Boolean).join(" ");
  return (
    <Tile label={label} value={duration(p99)} note={[of, window].filter(Boolean).join(", ")} />
  );
}

function Clock({ answer: { clocks, most_offset_ns } }: { answer: LatencyAnswer }) {
  const worst = farthestOff(clocks, most_offset_ns);
  if (worst === undefined)
    return <Tile label="Clock off UTC" value={null} note="no host reports its clock" />;
  const { host, offset_ns } = worst;
  if (offset_ns === null) {
    const note = `${host}: its report is too old`;
    return <Tile label="Clock off UTC" value={null} note={note} tone="warn" />;
  }
  return (
    <Tile
      label="Clock off UTC"
      value={duration(offset_ns)}
      note={`${host}, at most ${duration(most_offset_ns)}`}
      tone={Math.abs(offset_ns) > most_offset_ns ? "neg" : ""}
    />
  );
}

function Refused({ answer: { refused } }: { answer: LatencyAnswer }) {
  const sum = refused.reduce((one, row) => one + row.count, 0);
  return (
    <Tile
      label="Refused intervals"
      value={count(sum)}
      note="since the first event"
      tone={sum > 0 ? "warn" : ""}
    />
  );
}
