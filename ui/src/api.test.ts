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
  await assert.rejects(unwanted, /no answer/);
  patience.abort(new Error("too late"));
  for (const one of asked) await assert.rejects(one, /no answer/);
});

test("a broken connection is told in words that don't depend on the browser", async () => {
  const broken = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
  mock.method(globalThis, "fetch", broken);
  await assert.rejects(get("/api/v1/pnl"), /^Error: no answer came from the engine$/);
  const half = (): Promise<Response> => Promise.resolve(new Response('{"rows": ['));
  mock.method(globalThis, "fetch", half);
  await assert.rejects(get("/api/v1/pnl"), /^Error: no answer came from the engine$/);
});

test("what the engine refused is told in its own words", async () => {
  const body = JSON.stringify({ error: { detail: "found days 0; expected 1 to 90" } });
  const refusing = (): Promise<Response> => Promise.resolve(new Response(body, { status: 400 }));
  mock.method(globalThis, "fetch", refusing);
  await assert.rejects(get("/api/v1/pnl/days?days=0"), /^Error: found days 0; expected 1 to 90$/);
});
