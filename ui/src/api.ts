/** Requests to the engine: reading what is not on the stream, and doing things. */

import { signal } from "@preact/signals";

export interface Session {
  role: "operator" | "viewer" | null;
  name: string;
  csrf: string;
  login_required: boolean;
}

/** Who we are to the engine; undefined until it said so. */
export const session = signal<Session | undefined>(undefined);

/** What the engine would not do, and why. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** What takes longer does not come: a connection may be broken without anybody being told. */
const PATIENCE_MS = 30_000;

const intime = (...ends: AbortSignal[]): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...ends]);

/** Return an answer. Throws Refusal, or an Error that says that none came. */
export async function get<T>(path: string, ...ends: AbortSignal[]): Promise<T> {
  return ask<T>(path, { signal: intime(...ends) });
}

/** Do something: `what` is the body, as JSON. Throws as `get`. */
export async function send<T>(method: "POST" | "DELETE", path: string, what?: unknown): Promise<T> {
  const headers: Record<string, string> = { "X-CSRF-Token": session.value?.csrf ?? "" };
  if (what !== undefined) headers["Content-Type"] = "application/json";
  const body = what === undefined ? null : JSON.stringify(what);
  return ask<T>(path, { method, headers, body, signal: intime() });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  try {
    return await answer<T>(await fetch(path, request));
  } catch (error) {
    // Each browser has its own words for it, and "Failed to fetch" tells nobody what failed.
    throw error instanceof Refusal ? error : new Error("no answer came from the engine");
  }
}

/** What was thrown, in words. */
export const why = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw new Refusal(response.status, await detail(response));
}

async function detail(response: Response): Promise<string> {
  const said = `the engine answered ${response.status} ${response.statusText}`.trimEnd();
  try {
    const body = (await response.json()) as { error?: { detail?: string } };
    return body.error?.detail ?? said;
  } catch {
    return said;
  }
}

/** Ask who we are. */
export async function identify(): Promise<void> {
  session.value = await get<Session>("/api/v1/session");
}

export const mayOperate = (): boolean => session.value?.role === "operator";
