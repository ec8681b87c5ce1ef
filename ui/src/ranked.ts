/** Counts by name, the most frequent first. */
export const ranked = (counts: Record<string, number>): { name: string; count: number }[] =>
  Object.entries(counts)
    .map(([name, count]) => ({ name, count }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
