import { count } from "../format.ts";

interface TallyProps {
  label: string;
  rows: readonly { name: string; count: number }[];
}

/** How often each of a few things happened, as bars of one scale; by name, so that each keeps its place. */
export function Tally({ label, rows }: TallyProps) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <ul class="tally" aria-label={label}>
      {rows
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
        .map((row) => (
          <li key={row.name}>
            <span>{row.name}</span>
            <b>{count(row.count)}</b>
            <i style={{ width: `${(row.count / most) * 100}%` }} />
          </li>
        ))}
    </ul>
  );
}
