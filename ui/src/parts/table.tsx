import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { param, setParams } from "../route.ts";
import {
  ordered,
  readOrder,
  window as placesInSight,
  writeOrder,
  type Key,
  type Order,
} from "../rows.ts";
import { currency, numbers, zone } from "../settings.ts";
import { useSlide } from "./slide.ts";
import { Empty } from "./state.tsx";

export interface Column<R> {
  /** Stands in links, so it stays the same. */
  name: string;
  head: string;
  /** What is shown; the key where it isn't said. */
  cell?: (row: R) => ComponentChildren;
  /** What it is ordered by; a column without it can't be. */
  key?: (row: R) => Key;
  /** Figures stand at the right, and are never cut short. */
  figure?: boolean;
  /** So many characters wide at least: a length of time that goes on has its room from the start. */
  room?: number;
  /** Left out on a phone, and where there is no room. */
  wide?: boolean;
}

interface TableProps<R> {
  /** Stands in links, before the names of the order and the filter. */
  name: string;
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  identity: (row: R) => string;
  /** The order without a link that says otherwise, such as "-net"; as they come where empty. */
  order?: string;
  /** What is searched by the filter; without it there is none. */
  text?: (row: R) => string;
  filter?: string;
  /** What is said where there are no rows. */
  empty: string;
  /** The most that it takes of the page's height, in pixels. */
  height?: number;
}

/**
 * Rows change places at most this often, and not while a hand is upon them: a moving row can't be
 * read, and a click goes astray.
 */
const REORDER_MS = 10_000;
/** From so many rows on, those out of sight are not drawn. */
const MANY = 80;
const ROOM = 8;

/** A table that can be ordered and filtered; the link keeps how. Rows that are the same objects as before are not drawn again. */
export function Table<R>(props: TableProps<R>) {
  const { name, label, rows, columns, identity, text, empty } = props;
  const order = readOrder(param(`${name}.order`, props.order));
  const filter = param(`${name}.filter`);
  const scroll = useRef<HTMLDivElement>(null);
  const shown = useOrder(props, order, filter, scroll);
  const sight = useSight(scroll, shown.length);
  const inSight = shown.slice(sight.from, sight.to);
  useSlide(inSight.map(identity).join());
  useFit(scroll, shown.length > 0 && columns);
  useWidths(scroll, shown.length > 0 && columns);
  const reorder = (column: string): void => {
    const down =
      order.column === column
        ? !order.down
        : columns.find((one) => one.name === column)?.figure === true;
    setParams({ [`${name}.order`]: writeOrder({ column, down }) });
  };
  return (
    <>
      {text !== undefined && (
        <input
          class="field filter"
          type="search"
          placeholder={props.filter ?? "Filter"}
          aria-label={props.filter ?? `Filter ${label}`}
          value={filter}
          onInput={(event) => setParams({ [`${name}.filter`]: event.currentTarget.value })}
        />
      )}
      {shown.length === 0 ? (
        <Empty>{rows.length === 0 ? empty : `Nothing here is called “${filter}”.`}</Empty>
      ) : (
        <div
          class="table"
          ref={scroll}
          tabIndex={0}
          role="region"
          aria-label={label}
          style={{ "--most": `${props.height ?? 420}px` }}
        >
          <table aria-rowcount={shown.length + 1}>
            <Heads columns={columns} order={order} onOrder={reorder} />
            <tbody>
              <Beyond rows={sight.from} height={sight.row} />
              {inSight.map((row) => (
                <Row key={identity(row)} row={row} columns={columns} />
              ))}
              <Beyond rows={shown.length - sight.to} height={sight.row} />
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

interface HeadsProps<R> {
  columns: readonly Column<R>[];
  order: Order;
  onOrder: (column: string) => void;
}

function Heads<R>({ columns, order, onOrder }: HeadsProps<R>) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          const { name, head, key, room } = column;
          const sorted = order.column === name ? (order.down ? "descending" : "ascending") : "none";
          const arrow = { ascending: " ↑", descending: " ↓", none: "" }[sorted];
          return (
            <th
              key={name}
              scope="col"
              class={classOf(column)}
              style={room === undefined ? undefined : { "--room": `${room}ch` }}
              aria-sort={key === undefined ? undefined : sorted}
            >
              {key === undefined ? (
                head
              ) : (
                <button onClick={() => onOrder(name)}>{head + arrow}</button>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

const classOf = <R,>({ figure, wide }: Column<R>): string =>
  `${figure === true ? "num " : ""}${wide === true ? "wide" : ""}`;

/** The height of rows that are out of sight. */
const Beyond = ({ rows, height }: { rows: number; height: number }) =>
  rows === 0 ? null : (
    <tr class="beyond" aria-hidden="true">
      <td style={{ height: `${rows * height}px` }} />
    </tr>
  );

/** Return the rows that the filter leaves; their order is made anew now and then, and when one came. */
function useOrder<R>(
  { rows, columns, identity, text }: TableProps<R>,
  order: Order,
  filter: string,
  scroll: { current: HTMLDivElement | null },
): R[] {
  const last = useRef({ by: "", at: -Infinity, places: new Map<string, number>() });
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0 || text === undefined
      ? [...rows]
      : rows.filter((row) => words.every((word) => text(row).toLowerCase().includes(word)));
  const key = columns.find((column) => column.name === order.column)?.key;
  if (key === undefined) return found;
  const { by, at, places } = last.current;
  const now = performance.now();
  const wanted = writeOrder(order);
  const read = now - at < REORDER_MS || scroll.current?.matches(":hover") === true;
  const known = by === wanted && read && found.every((row) => places.has(identity(row)));
  if (known) return ordered(found, (row) => places.get(identity(row)) ?? 0, false);
  const sorted = ordered(found, key, order.down);
  last.current = {
    by: wanted,
    at: now,
    places: new Map(sorted.map((row, place) => [identity(row), place])),
  };
  return sorted;
}

/** Leave out what is left out on a phone wherever all columns together have no room. */
function useFit(scroll: { current: HTMLDivElement | null }, columns: unknown): void {
  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return undefined;
    let needed = 0;
    const fit = (): void => {
      const { scrollWidth, clientWidth } = box;
      if (scrollWidth > clientWidth + 1) needed = Math.max(needed, scrollWidth);
      box.classList.toggle("tight", needed > clientWidth);
    };
    fit();
    const watch = new ResizeObserver(fit);
    for (const one of [box, ...box.children]) watch.observe(one);
    return () => watch.disconnect();
  }, [columns]);
}

/**
 * Hold columns at the widths that they have by what stands in them. Only a text that has no room
 * has them measured anew, and none becomes narrower by that; otherwise each digit that comes or
 * goes would move all columns.
 */
function useWidths(scroll: { current: HTMLDivElement | null }, columns: unknown): void {
  useLayoutEffect(() => {
    const heads = [...(scroll.current?.querySelectorAll("th") ?? [])];
    const most = heads.map(() => 0);
    let last = "";
    const hold = (): void => {
      for (const head of heads) head.style.width = "";
      const widths = heads.map((head) => head.getBoundingClientRect().width);
      const shown = widths.map((width) => width > 0).join();
      if (shown !== last) most.fill(0); // others had the room of those that were left out
      last = shown;
      const all = widths.reduce((sum, width) => sum + width, 0);
      // Parts of the whole, so that they also hold in a window of another width.
      widths.forEach((width, place) => {
        most[place] = Math.max(most[place] ?? 0, width / all);
      });
      const sum = most.reduce((sum, part) => sum + part, 0);
      heads.forEach((head, place) => {
        head.style.width = `${(100 * (most[place] ?? 0)) / sum}%`;
      });
    };
    hold(); // before it is seen: what comes right after is held to these widths as well
    const watch = new ResizeObserver(() => requestAnimationFrame(hold));
    for (const head of heads) watch.observe(head);
    return () => watch.disconnect();
  }, [columns]);
}

/** A row. It is passed over where it is the same object as before, and nothing that it reads changed. */
function Row<R>({ row, columns }: { row: R; columns: readonly Column<R>[] }) {
  // What cells write depends on these.
  void [numbers.value, currency.value, zone.value];
  return (
    <tr>
      {columns.map((column) => (
        <td key={column.name} class={classOf(column)}>
          {(column.cell ?? column.key)?.(row)}
        </td>
      ))}
    </tr>
  );
}

/** Return which rows are in sight; all, where they are few. */
function useSight(
  scroll: { current: HTMLDivElement | null },
  count: number,
): { from: number; to: number; row: number } {
  const place = useSignal({ top: 0, height: 600, row: 31 });
  const many = count > MANY;
  useEffect(() => {
    const box = scroll.current;
    if (box === null || !many) return undefined;
    const look = (): void => {
      const row = box.querySelector("tbody tr:not(.beyond)")?.clientHeight ?? 31;
      place.value = { top: box.scrollTop, height: box.clientHeight, row: Math.max(1, row) };
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, [many]);
  const { top, height, row } = place.value;
  return many
    ? { ...placesInSight(count, top, height, row, ROOM), row }
    : { from: 0, to: count, row };
}
