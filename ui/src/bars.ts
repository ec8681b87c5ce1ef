/** Where bars stand, and how their axis is divided. Pure. */

/** What a line is in a bar. left, wide: shares of the bar's width. */
interface Part {
  place: number;
  from: number;
  to: number;
  left: number;
  wide: number;
}

export interface Bar {
  parts: Part[];
  /** null where a value is not known, or they don't add up. */
  sum: number | null;
}

/** Put values upon each other, gains from zero up and losses down. */
export function stack(values: (number | null)[]): Bar {
  let [up, down] = [0, 0];
  const parts = values.flatMap((value, place) => {
    if (value === null || value === 0) return [];
    const from = value > 0 ? up : down;
    if (value > 0) up += value;
    else down += value;
    return [{ place, from, to: from + value, left: 0, wide: 1 }];
  });
  return { parts, sum: values.includes(null) ? null : up + down };
}

/** Put values side by side, each from zero. */
export function besides(values: (number | null)[]): Bar {
  const wide = 1 / values.length;
  const parts = values.flatMap((value, place) =>
    value === null || value === 0 ? [] : [{ place, from: 0, to: value, left: place * wide, wide }],
  );
  return { parts, sum: null };
}

/** A step of 1, 2 or 5 times a power of ten, so that there are some five of them up to `most`. */
export function niceStep(most: number): number {
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}
