import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { elapsed, moment, timeOfDay } from "../format.ts";
import { link, paused, shownAt } from "../store.ts";

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
  const since = useSignal(performance.now());
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => void (now.value = performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = 3 + (now.value - since.value) / 1e3;
  return (
    <div class="banner">
      <b role="alert">Not live: nothing is received</b>
      {shownAt.value > 0
        ? `What is shown is of ${moment(shownAt.value)}. `
        : "No figure was received yet. "}
      Silent for {elapsed(seconds)}; trying to connect.
    </div>
  );
}
