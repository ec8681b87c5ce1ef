import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { get, send } from "./api.ts";

/** A connection that takes what is asked and never answers; it ends as a browser's would. */
const silent = (_path: string, { signal }: { signal: AbortSignal }): Promise<Response> =>
  new Promise((_answer, refuse) =>
    signal.addEventListener("abort", () => refuse(signal.reason as Error)),
  );

test("what a silent connection was asked is given up, so that it can be asked again", async () => {
  mock.method(globalThis, "fetch", silent);
  const patience = new AbortController();
  mock.method(AbortSignal, "timeout", () => patience.signal);
  const [left, stayed] = [new AbortController(), new AbortController()];
  const unwanted = get("/api/v1/pnl", left.signal);
  const asked = [get("/api/v1/pnl"), get("/api/v1/pnl", stayed.signal), send("POST", "/-/reload")];
  left.abort(new Error("left"));
  await assert.rejects(unwanted, /left/);
  patience.abort(new Error("too late"));
  for (const one of asked) await assert.rejects(one, /too late/);
});
