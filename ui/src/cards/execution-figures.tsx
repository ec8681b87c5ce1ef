import type { ExecutionAnswer, PeriodRow } from "../answers.ts";
import { type Period, venuesOfOpen, wholeOf } from "../execution.ts";
import { count, counted, duration, percent, span } from "../format.ts";
import { said, Tile, Tiles, type Said } from "../parts/tile.tsx";
import { topic } from "../store.ts";

/** What became of orders, of all flows together. */
export function ExecutionFigures({ period }: { period: Period }) {
  const found = topic("execution").value;
  const ratio = (part: "fill_ratio" | "reject_ratio" | "cancel_ratio", of: keyof PeriodRow) =>
    said(found, (answer) => {
      const whole = wholeOf(answer, period);
      const orders = Number(whole[of]);
      const since = period === "day" ? "today" : span(answer.window_s);
      if (whole[part] === null) return { value: null, note: `no order ${of}, ${since}` };
      return { value: percent(whole[part], 1), note: `of ${count(orders)} ${of}, ${since}` };
    });
  return (
    <Tiles>
      <Tile label="Open orders" {...said(found, open)} />
      <Tile label="Without an answer" {...said(found, unanswered)} />
      <Tile label="Filled" {...ratio("fill_ratio", "ended")} />
      <Tile label="Rejected" {...ratio("reject_ratio", "answered")} />
      <Tile label="Canceled" {...ratio("cancel_ratio", "ended")} />
      <Tile label="Executed over ordered" {...said(found, executed)} />
    </Tiles>
  );
}

function open({ flows }: ExecutionAnswer): Said {
  const orders = flows.reduce((sum, flow) => sum + flow.open, 0);
  return { value: count(orders), note: `at ${counted(venuesOfOpen(flows), "venue")}` };
}

function unanswered({ flows }: ExecutionAnswer): Said {
  const waiting = flows.reduce((sum, { unacked }) => sum + unacked, 0);
  if (waiting === 0) return { value: "None", note: "all open are answered", tone: "pos" };
  const [oldest] = [...flows].sort(
    (one, other) => (other.oldest_unacked_s ?? 0) - (one.oldest_unacked_s ?? 0),
  );
  const age = duration((oldest?.oldest_unacked_s ?? 0) * 1e9);
  return { value: count(waiting), note: `the oldest for ${age}, ${oldest?.venue ?? ""}` };
}

function executed({ flows, over }: ExecutionAnswer): Said {
  if (over.length > 0)
    return { value: `${over.length} over`, note: "executed more than was ordered", tone: "neg" };
  const known = flows.flatMap(({ filled_over_ordered: ratio }) => (ratio === null ? [] : [ratio]));
  if (known.length === 0) return { value: null, note: "nothing was executed today" };
  return { value: percent(Math.max(...known), 1), note: "the most today" };
}
