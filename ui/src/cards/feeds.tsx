import { count, counted, duration } from "../format.ts";
import {
  feedName,
  feedRows,
  rank,
  silenceRatio,
  usualRatio,
  VERDICT_LOOKS,
  type FeedRow,
} from "../health.ts";
import { Card } from "../parts/card.tsx";
import { Choices } from "../parts/choices.tsx";
import { Figure } from "../parts/figure.tsx";
import { Meter } from "../parts/meter.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { param, setParams } from "../route.ts";
import { topic } from "../store.ts";
import { StateChip } from "./state-chip.tsx";

const seconds = (age: number | null, why: string) => (
  <Figure text={age === null ? null : duration(age * 1e9)} why={why} />
);

/** How long it is silent, of what makes it stale; the mark is what is usual. */
function Silence({ row }: { row: FeedRow }) {
  const usual = usualRatio(row.stream);
  return (
    <div class={row.stream.verdict === "stale" ? "breached" : ""}>
      <Meter
        label={`${feedName(row)}: silence on the way to stale`}
        ratio={silenceRatio(row.stream)}
        marks={usual === null ? [] : [usual]}
      />
    </div>
  );
}

const COLUMNS: readonly Column<FeedRow>[] = [
  {
    name: "feed",
    head: "Feed",
    key: feedName,
    cell: ({ channel, stream }) => (
      <>
        {channel.venue} {stream.symbol === "" ? channel.channel : stream.symbol}{" "}
        <small class="beside">{stream.symbol === "" ? channel.service : channel.channel}</small>
      </>
    ),
  },
  {
    name: "verdict",
    head: "State",
    key: (row) => rank(row.stream.verdict),
    cell: ({ stream }) => <StateChip state={stream.verdict} look={VERDICT_LOOKS[stream.verdict]} />,
  },
  {
    name: "silence",
    head: "Silent for",
    figure: true,
    room: 7,
    key: (row) => row.stream.staleness_s,
    cell: ({ stream }) => seconds(stream.staleness_s, "it is not connected"),
  },
  {
    name: "meter",
    head: "To stale",
    wide: true,
    key: (row) => silenceRatio(row.stream),
    cell: (row) => <Silence row={row} />,
  },
  {
    name: "usual",
    head: "Usual",
    figure: true,
    wide: true,
    key: (row) => row.stream.expected_gap_s,
    cell: ({ stream }) => seconds(stream.expected_gap_s, "too few messages to know its rhythm"),
  },
  {
    name: "stale",
    head: "Stale after",
    figure: true,
    wide: true,
    key: (row) => row.stream.stale_after_s,
    cell: ({ stream }) => seconds(stream.stale_after_s, "too few messages to know its rhythm"),
  },
  {
    name: "messages",
    head: "Messages",
    figure: true,
    wide: true,
    key: (row) => row.stream.messages,
    cell: ({ stream }) => count(stream.messages),
  },
  {
    name: "faults",
    head: "Faults",
    wide: true,
    cell: (row) => faults(row) || <span class="mute">none</span>,
  },
];

/** What is wrong with what came, rather than that nothing came. */
function faults({ channel, stream }: FeedRow): string {
  const found =
    stream.symbol === ""
      ? [
          channel.gaps > 0 && `${counted(channel.gaps, "gap")}, ${count(channel.missed)} missed`,
          channel.open_gaps > 0 && `${count(channel.open_gaps)} open`,
          channel.crossed_books > 0 && `${count(channel.crossed_books)} crossed`,
          channel.owed_s !== null && `an answer owed for ${duration(channel.owed_s * 1e9)}`,
        ]
      : [stream.gap_open && "open gap", stream.crossed && "crossed book"];
  return found.filter(Boolean).join(", ");
}

const BYS = ["channels", "symbols"] as const;

/** Feeds: how long each is silent against what is usual for it. */
export function FeedsCard() {
  const by = param("feeds") === "symbols" ? "symbols" : "channels";
  return (
    <Card
      title="Feeds"
      note="silence against what is usual for each"
      actions={
        <Choices
          label="Feeds by"
          quiet
          options={BYS}
          chosen={by}
          onChoose={(chosen) => setParams({ feeds: chosen === "channels" ? "" : chosen })}
        />
      }
    >
      <Known of={topic("feeds")}>
        {({ channels }) => (
          <Table
            name="feed"
            label="Feeds and their silence"
            rows={feedRows(channels, by === "symbols")}
            columns={COLUMNS}
            identity={feedName}
            order="verdict"
            text={feedName}
            filter="Filter venue, channel, symbol"
            empty={by === "symbols" ? "No feed tells its symbols." : "No feed was reported yet."}
            height={360}
          />
        )}
      </Known>
    </Card>
  );
}
