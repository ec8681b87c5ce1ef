import { useMemo } from "preact/hooks";
import { filterOf, LogFilterFields } from "../cards/log-filter.tsx";
import { LogLinesCard } from "../cards/log-lines.tsx";
import { useLogs } from "../log-feed.ts";
import { parameters } from "../logs.ts";
import { bounds, isPast, length, zoomed } from "../range.ts";
import "../style/alerts.css";
import "../style/logs.css";

/** What the platform and deskwatch wrote down. */
export default function Logs() {
  const filter = filterOf();
  const zoom = zoomed.value;
  // Asked for from one moment on: a time that runs on would be another question each second.
  const range = useMemo(() => {
    const asked = new URLSearchParams(bounds());
    if (!isPast()) asked.delete("to");
    return asked;
  }, [length.value, zoom?.from, zoom?.to]);
  const feed = useLogs({
    filter: parameters(filter),
    from: range.get("from") ?? "",
    to: range.get("to") ?? "",
  });
  return (
    <>
      <LogFilterFields />
      <LogLinesCard feed={feed} text={filter.text} />
    </>
  );
}
