import type {
  ClockRow,
  ErrorRow,
  LatencyAnswer,
  QuantileRow,
  RefusedRow,
  RouteRow,
  SkewRow,
} from "../answers.ts";
import { count, duration, elapsed, words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure } from "../parts/figure.tsx";
import { chosen, LinkChoices } from "../parts/link-choices.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

/** A route's durations in one window. */
interface Measured {
  route: RouteRow;
  window: QuantileRow;
}

/** What a route is of, besides its operation. */
const detail = ({ request, transport, stage }: RouteRow): string =>
  [words(request), transport, words(stage)].filter(Boolean).join(" · ");

const quantile = (
  head: string,
  part: "p50_ns" | "p90_ns" | "p99_ns" | "p999_ns",
  needed: number,
  wide = false,
): Column<Measured> => ({
  name: part,
  head,
  figure: true,
  wide,
  key: ({ window }) => window[part],
  cell: ({ window }) => {
    const found = window[part];
    return (
      <Figure text={found === null ? null : duration(found)} why={`fewer than ${needed} of them`} />
    );
  },
});

const QUANTILES: readonly Column<Measured>[] = [
  {
    name: "operation",
    head: "Operation",
    key: ({ route }) => route.operation,
    cell: ({ route }) => (
      <>
        {words(route.operation)}
        <small class="narrow">{detail(route)}</small>
      </>
    ),
  },
  {
    name: "venue",
    head: "Venue",
    key: ({ route }) => route.venue,
    cell: ({ route }) => route.venue,
  },
  {
    name: "detail",
    head: "Detail",
    wide: true,
    key: ({ route }) => detail(route),
    cell: ({ route }) => detail(route),
  },
  {
    name: "count",
    head: "Count",
    figure: true,
    wide: true,
    key: ({ window }) => window.count,
    cell: ({ window }) => count(window.count),
  },
  quantile("p50", "p50_ns", 2),
  quantile("p90", "p90_ns", 10, true),
  quantile("p99", "p99_ns", 100),
  quantile("p99.9", "p999_ns", 1_000, true),
  {
    name: "normal",
    head: "Normal p99",
    figure: true,
    wide: true,
    key: ({ route }) => route.normal_p99_ns,
    cell: ({ route }) => (
      <Figure
        text={route.normal_p99_ns === null ? null : duration(route.normal_p99_ns)}
        why="not known yet"
      />
    ),
  },
];

const routeKey = ({ route }: Measured): string =>
  [route.operation, route.venue, route.request, route.transport, route.stage].join("/");

const WINDOWS = ["5m", "1m", "1h"] as const;

/** Exact quantiles of each route over one window. */
export function QuantilesCard() {
  const wanted = chosen("window", WINDOWS);
  return (
    <Card
      title="Quantiles"
      note={`exact, of the last ${wanted}`}
      actions={<LinkChoices label="Window" name="window" options={WINDOWS} />}
    >
      <Known of={topic("latency")}>
        {({ routes }) => (
          <Table
            name="routes"
            label={`Quantiles of the last ${wanted}`}
            rows={routes.flatMap((route) =>
              route.windows
                .filter(({ window }) => window === wanted)
                .map((window) => ({ route, window })),
            )}
            columns={QUANTILES}
            identity={routeKey}
            order="-p99_ns"
            text={routeKey}
            filter="Filter operation, venue"
            empty="Nothing was measured yet."
            height={480}
          />
        )}
      </Known>
    </Card>
  );
}

const REFUSED: readonly Column<RefusedRow>[] = [
  {
    name: "operation",
    head: "Operation",
    key: (row) => row.operation,
    cell: (row) => words(row.operation),
  },
  { name: "reason", head: "Why", key: (row) => row.reason, cell: (row) => words(row.reason) },
  {
    name: "count",
    head: "Count",
    figure: true,
    key: (row) => row.count,
    cell: (row) => count(row.count),
  },
];

const ERRORS: readonly Column<ErrorRow>[] = [
  { name: "venue", head: "Venue", key: (row) => row.venue },
  { name: "status", head: "How", key: (row) => row.status, cell: (row) => words(row.status) },
  {
    name: "count",
    head: "Count",
    figure: true,
    key: (row) => row.count,
    cell: (row) => count(row.count),
  },
];

const SKEWS: readonly Column<SkewRow>[] = [
  { name: "venue", head: "Feed", key: (row) => row.venue },
  {
    name: "skew",
    head: "Least delay",
    figure: true,
    key: (row) => row.skew_ns,
    cell: (row) => duration(row.skew_ns),
  },
];

const CLOCKS: readonly Column<ClockRow>[] = [
  { name: "host", head: "Host", key: (row) => row.host },
  {
    name: "offset",
    head: "Off UTC",
    figure: true,
    key: (row) => row.offset_ns,
    cell: (row) => (
      <Figure
        text={row.offset_ns === null ? null : duration(row.offset_ns)}
        why="its report is too old"
      />
    ),
  },
  { name: "reference", head: "By", wide: true, key: (row) => row.reference },
  {
    name: "age",
    head: "Age",
    figure: true,
    room: 10,
    key: (row) => row.age_s,
    cell: (row) => elapsed(row.age_s),
  },
];

interface SmallProps<R> {
  title: string;
  note: string;
  name: string;
  rows: (answer: LatencyAnswer) => readonly R[];
  columns: readonly Column<R>[];
  identity: (row: R) => string;
  empty: string;
}

const Small = <R,>({ title, note, rows, ...table }: SmallProps<R>) => (
  <Card title={title} note={note} width="w6">
    <Known of={topic("latency")}>
      {(answer) => <Table label={`${title}: table`} rows={rows(answer)} height={240} {...table} />}
    </Known>
  </Card>
);

export const RefusedCard = () => (
  <Small
    title="Refused intervals"
    note="negative, not a number, or across two clocks: never counted"
    name="refused"
    rows={({ refused }) => refused}
    columns={REFUSED}
    identity={(row) => row.operation + row.reason}
    empty="None was refused."
  />
);

export const ErrorsCard = () => (
  <Small
    title="Failed requests"
    note="to venues, since the first event"
    name="errors"
    rows={({ errors }) => errors}
    columns={ERRORS}
    identity={(row) => row.venue + row.status}
    empty="No request to a venue failed."
  />
);

export const ClocksCard = () => (
  <Small
    title="Clocks"
    note={allowed()}
    name="clocks"
    rows={({ clocks }) => clocks}
    columns={CLOCKS}
    identity={(row) => row.host}
    empty="No host reports its clock."
  />
);

function allowed(): string {
  const answer = topic("latency").value.value;
  return answer === undefined
    ? ""
    : `at most ${duration(answer.most_offset_ns)} off (${words(answer.clock_preset)})`;
}

export const SkewsCard = () => (
  <Small
    title="Feeds across clocks"
    note="below zero, our clock is behind the venue's"
    name="skews"
    rows={({ skews }) => skews}
    columns={SKEWS}
    identity={(row) => row.venue}
    empty="No feed is stamped by another clock."
  />
);
