/** Where we are: the page is the path, and its whole state is the query, so that a link carries it. */

import { computed, signal } from "@preact/signals";

import { storage } from "./storage.ts";

const here = signal(new URL(location.href));

export const path = computed(() => here.value.pathname);

/** What stays when another page is opened. */
const KEPT = ["range", "from", "to"];

/** How far down each link was left, the last one last, and of how many that is kept. */
const left = new Map<string, number>();
const LEFT = 100;

/** How long to wait until a page is drawn to where it was left. */
const DRAWN_MS = 2_000;

function move(url: URL): void {
  const { href } = here.peek();
  left.delete(href);
  left.set(href, scrollY);
  const [oldest] = left.keys();
  if (left.size > LEFT && oldest !== undefined) left.delete(oldest);
  here.value = url;
}

/** Go so far down, as soon as there is so much to go down. */
function goDown(top: number): void {
  const end = performance.now() + DRAWN_MS;
  const step = (): void => {
    scrollTo(0, top);
    const drawn = scrollY >= Math.floor(top) && !document.querySelector("main [aria-busy]");
    if (top > 0 && performance.now() < end && !drawn) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

// By itself a browser goes there before anything is drawn, when there is nothing to go down yet.
history.scrollRestoration = "manual";

// What is loaded anew begins where it was left.
const LEFT_AT = "deskwatch.left";
addEventListener("pagehide", () => {
  storage("sessionStorage")?.setItem(LEFT_AT, `${String(scrollY)} ${location.href}`);
});
const [top, page] = storage("sessionStorage")?.getItem(LEFT_AT)?.split(" ") ?? [];
if (page === location.href) goDown(Number(top));

addEventListener("popstate", () => {
  const url = new URL(location.href);
  move(url);
  goDown(left.get(url.href) ?? 0);
});

/** Return a part of the page's state; `fallback` where the link has none. */
export const param = (name: string, fallback = ""): string =>
  here.value.searchParams.get(name) ?? fallback;

/** Set parts of the state; an empty one is left out of the link. */
export function setParams(parts: Record<string, string>): void {
  const url = new URL(here.peek());
  for (const [name, value] of Object.entries(parts)) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (url.href === here.peek().href) return;
  history.replaceState(null, "", url);
  here.value = url;
}

/** Return the link to a page, with the state that goes along. */
export function linkTo(page: string): string {
  const target = new URL(page, here.value);
  for (const name of KEPT) {
    const value = here.value.searchParams.get(name);
    if (value !== null && !target.searchParams.has(name)) target.searchParams.set(name, value);
  }
  return target.pathname + target.search;
}

export function go(link: string): void {
  const url = new URL(link, here.peek());
  // As browsers do: what is open already is no new entry.
  if (url.href === here.peek().href) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  // As browsers do: whoever works by keyboard begins at the page that was opened.
  if (url.pathname !== path.peek()) document.getElementById("app")?.focus();
  move(url);
  scrollTo(0, 0);
}

/** Follow a click on a link of ours without loading the page anew. */
export function followLink(event: MouseEvent): void {
  const anchor = (event.target as Element).closest("a");
  if (anchor === null || anchor.origin !== location.origin || anchor.target !== "") return;
  // Another tab, a download, an answer of the API: the browser's business.
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  if (anchor.pathname.startsWith("/api/") || anchor.hash !== "") return;
  event.preventDefault();
  go(anchor.href);
}
