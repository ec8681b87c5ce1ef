import { computed, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Amount, Nanoseconds } from "../answers.ts";
import { axis, gain } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Chart, chartState, type Lines } from "../parts/chart.tsx";
import { Choices } from "../parts/choices.tsx";
import { Legend } from "../parts/legend.tsx";
import { Empty, Known } from "../parts/state.tsx";
import { choose, rangeName, zoom } from "../range.ts";
import { param, setParams } from "../route.ts";
import { topic } from "../store.ts";
import { useTimeline } from "../timeline.ts";

interface PnlTimeline {
  as_of: Nanoseconds;
  step_s: number;
  times: number[];
  series: { account: string; strategy: string; currency: string; values: (number | null)[] }[];
}

/** Names of lines that are not drawn, as the link keeps them. */
const hidden = computed<ReadonlySet<string>>(
  () => new Set(param("hide").split(",").filter(Boolean)),
);

const BASES = ["net", "change"] as const;

/** P&L by strategy over the range that is shown: as it stands, or its change within it. */
export function PnlLinesCard() {
  const timeline = useTimeline<PnlTimeline>("pnl");
  const state = useMemo(() => chartState(hidden), []);
  const change = param("pnl") === "change";
  const data = useComputed(() => lines(timeline.value.value, param("pnl") === "change"));
  const currency = useComputed(() => common(timeline.value.value?.series ?? []));
  const format = useMemo(() => (value: number) => axis(value, currency.peek()), []);
  const newest = (name: string): string | null | undefined => (change ? undefined : exactNet(name));
  return (
    <Card
      title="P&L by strategy"
      note={rangeName.value === undefined ? <Unzoom /> : `net, last ${rangeName.value}`}
      width="w8"
      actions={
        <Choices
          label="What is drawn"
          quiet
          options={BASES}
          chosen={change ? "change" : "net"}
          onChoose={(chosen) => setParams({ pnl: chosen === "net" ? "" : chosen })}
        />
      }
    >
      <Known of={timeline}>
        {({ times }) =>
          times.length === 0 ? (
            <Empty>Nothing was kept of this time.</Empty>
          ) : (
            <>
              <Chart
                label="P&L by strategy"
                data={data}
                state={state}
                format={format}
                onZoom={zoom}
              />
              <Legend
                label="Strategies, best first"
                data={data}
                state={state}
                format={(value) => gain(value.toFixed(2), currency.value)}
                newest={newest}
                onToggle={toggle}
              />
            </>
          )
        }
      </Known>
    </Card>
  );
}

const Unzoom = () => (
  <button class="button" onClick={() => choose("1h")}>
    Back to the last 1h
  </button>
);

function toggle(name: string): void {
  const names = new Set(hidden.peek());
  if (!names.delete(name)) names.add(name);
  setParams({ hide: [...names].join() });
}

interface Named {
  account: string;
  strategy: string;
}

/** A strategy's name; with its account where several accounts run one of that name. */
function nameIn(all: readonly Named[], { account, strategy }: Named): string {
  const alone = all.filter((one) => one.strategy === strategy).length === 1;
  return alone ? strategy : `${strategy} · ${account}`;
}

function lines(timeline: PnlTimeline | undefined, change: boolean): Lines {
  if (timeline === undefined) return { times: [], lines: [] };
  return {
    times: timeline.times,
    lines: timeline.series.map((one) => ({
      name: nameIn(timeline.series, one),
      values: change ? since(one.values) : one.values,
    })),
  };
}

/** Each figure less the first that is known. */
function since(values: (number | null)[]): (number | null)[] {
  const first = values.find((value) => value !== null) ?? 0;
  return values.map((value) => (value === null ? null : value - first));
}

/** The newest figure as the books have it, exact; undefined where they know no such strategy. */
function exactNet(name: string): string | null | undefined {
  const rows = topic("pnl").value.value?.strategies ?? [];
  const row = rows.find((one) => nameIn(rows, one) === name);
  const net: Amount | null | undefined = row?.net;
  return row === undefined || net === undefined
    ? undefined
    : net === null
      ? null
      : gain(net, row.currency);
}

/** The currency of all of them; empty where they differ. */
function common(series: readonly { currency: string }[]): string {
  const all = new Set(series.map(({ currency }) => currency));
  return all.size === 1 ? ([...all][0] ?? "") : "";
}
