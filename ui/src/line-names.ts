/** What lines are called, and whether they can be compared. Pure. */

interface Named {
  account: string;
  strategy: string;
  currency: string;
}

/**
 * A strategy's name; with its account where several accounts run one of that name, and with its
 * currency where not all are in the same.
 */
export function nameIn(all: readonly Named[], { account, strategy, currency }: Named): string {
  const alone = all.filter((one) => one.strategy === strategy).length === 1;
  const name = strategy === "" ? account : alone ? strategy : `${strategy} · ${account}`;
  return commonCurrency(all) === "" ? `${name} · ${currency}` : name;
}

/** The currency of all of them; empty where they differ. */
export function commonCurrency(series: readonly { currency: string }[]): string {
  const all = new Set(series.map(({ currency }) => currency));
  return all.size === 1 ? ([...all][0] ?? "") : "";
}
