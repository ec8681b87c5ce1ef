import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { elapsed, moment, timeOfDay } from "../format.ts";
import { heardAt, link, paused, shownAt } from "../store.ts";

/** Says in large letters that what is shown is not live. A frozen page that looks alive is the worst. */
export function Banner() {
  if (link.value === "stale") return <Stale />;
  if (!paused.value) return null;
  return (
    <div class="banner paused" role="status">
      <b>Paused at {timeOfDay(shownAt.value)}</b>
      The engine goes on; press p for the figures as they are now.
    </div>
  );
}

function Stale() {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => void (now.value = Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="banner">
      <b role="alert">Not live: nothing is received</b>
      {shownAt.value > 0
        ? `What is shown is of ${moment(shownAt.value)}. `
        : "No figure was received yet. "}
      Silent for {elapsed((now.value - heardAt) / 1e3)}; trying to connect.
    </div>
  );
}
