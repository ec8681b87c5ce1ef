import type { ClockRow, RouteRow } from "./answers.ts";

/** The slowest route's p99, by the shortest window in which one has enough to tell. */
export function slowest(
  routes: readonly RouteRow[],
  operation: string,
): { route: RouteRow; p99: number; window: string } | undefined {
  const own = routes.filter((route) => route.operation === operation);
  for (const { window } of own[0]?.windows ?? []) {
    const known = own.flatMap((route) => {
      const p99 = route.windows.find((one) => one.window === window)?.p99_ns ?? null;
      return p99 === null ? [] : [{ route, p99, window }];
    });
    const found = known.sort((one, other) => other.p99 - one.p99)[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The clock that is farthest off UTC: one that is beyond what is allowed, else one that is not known. */
export function farthestOff(clocks: readonly ClockRow[], allowed_ns: number): ClockRow | undefined {
  const off = ({ offset_ns }: ClockRow): number => Math.abs(offset_ns ?? 0);
  const [worst] = clocks.toSorted((one, other) => off(other) - off(one));
  if (worst !== undefined && off(worst) > allowed_ns) return worst;
  return clocks.find(({ offset_ns }) => offset_ns === null) ?? worst;
}
