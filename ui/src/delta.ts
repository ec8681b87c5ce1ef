/** What changed between two JSON values: the other half of src/deskwatch/web/stream/delta.py. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Delta {
  "="?: Record<string, Json>;
  "~"?: Record<string, Delta>;
  "-"?: string[];
}

/**
 * Return `old` with the change made. `old` stays as it is, and what did not change inside is the
 * same object afterwards, so that a row which is the same need not be drawn again.
 */
export function apply(old: Json, delta: Delta): Json {
  if (Array.isArray(old)) {
    const elements = [...old];
    for (const [place, inside] of Object.entries(delta["~"] ?? {}))
      elements[Number(place)] = apply(member(elements[Number(place)], place), inside);
    for (const [place, whole] of Object.entries(delta["="] ?? {})) elements[Number(place)] = whole;
    return elements;
  }
  if (old === null || typeof old !== "object") throw new Error("a delta of what has no members");
  const members = { ...old };
  for (const name of delta["-"] ?? []) delete members[name];
  for (const [name, inside] of Object.entries(delta["~"] ?? {}))
    members[name] = apply(member(members[name], name), inside);
  return Object.assign(members, delta["="]);
}

function member(value: Json | undefined, name: string): Json {
  if (value === undefined) throw new Error(`a delta of ${name}, which is not there`);
  return value;
}
