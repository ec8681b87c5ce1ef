/** Exact decimal text: sums, rounding and comparison without a float in between. */

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;

interface Decimal {
  /** In units of 10 to the power of -scale. */
  units: bigint;
  scale: number;
}

function parse(text: string): Decimal {
  const found = PLAIN.exec(text);
  if (found === null) throw new Error(`not a plain decimal: ${text.slice(0, 80)}`);
  const [, minus = "", whole = "", fraction = ""] = found;
  return { units: BigInt(minus + whole + fraction), scale: fraction.length };
}

const power = (exponent: number): bigint => 10n ** BigInt(exponent);

function print({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const sign = units < 0n ? "-" : "";
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
}

/** Return the exact sum; "0" of nothing. */
export function sum(amounts: Iterable<string>): string {
  let total: Decimal = { units: 0n, scale: 0 };
  for (const amount of amounts) {
    const one = parse(amount);
    const scale = Math.max(one.scale, total.scale);
    const units = total.units * power(scale - total.scale) + one.units * power(scale - one.scale);
    total = { units, scale };
  }
  return print(total);
}

/** Return -1, 0 or 1. */
export function sign(amount: string): -1 | 0 | 1 {
  const { units } = parse(amount);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

export const negate = (amount: string): string =>
  sign(amount) === 0 ? amount : amount.startsWith("-") ? amount.slice(1) : `-${amount}`;

/** Below zero when `left` comes first. */
export function compare(left: string, right: string): number {
  return sign(sum([left, negate(right)]));
}

/** Return it with so many decimals, half to even as the engine rounds; never "-0". */
export function round(amount: string, decimals: number): string {
  const { units, scale } = parse(amount);
  if (scale <= decimals) return print({ units: units * power(decimals - scale), scale: decimals });
  const unit = power(scale - decimals);
  const size = units < 0n ? -units : units;
  const whole = size / unit;
  const twice = 2n * (size % unit);
  const up = twice > unit || (twice === unit && whole % 2n === 1n) ? 1n : 0n;
  return print({ units: units < 0n ? -(whole + up) : whole + up, scale: decimals });
}

/** Return it times ten to the power of `exponent`, which may be below zero. */
export function shift(amount: string, exponent: number): string {
  const { units, scale } = parse(amount);
  return exponent >= scale
    ? print({ units: units * power(exponent - scale), scale: 0 })
    : print({ units, scale: scale - exponent });
}
