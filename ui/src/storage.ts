/** What the browser keeps for this page; undefined where it keeps nothing, or isn't allowed to. */
export function storage(kind: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return (globalThis[kind] as Storage | null) ?? undefined;
  } catch {
    return undefined;
  }
}
