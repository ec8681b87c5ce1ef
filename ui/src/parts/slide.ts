import { useLayoutEffect, useRef } from "preact/hooks";

/** How things slide, in all of the page. */
export const SLIDE = { duration: 200, easing: "ease-out" };

/** What can change its place: cards, and the entries and rows in them. A log's come in by parts/hold.ts. */
const MOVABLE = "main > *, .stack > *, .pending, main :not(.lines) > li, main tr";

/** The eye follows no more than that. */
const MOST = 100;

export const still = matchMedia("(prefers-reduced-motion: reduce)");

/** What slides just now. */
let slides: Animation[] = [];

/**
 * Let everything in sight slide that finds itself elsewhere once `order` has changed: what came,
 * went or changed places is then followed by the eye. Nothing slides for who wants less motion.
 * order: undefined before there is anything.
 */
export function useSlide(order: string | undefined): void {
  const last = useRef(order);
  const before = useRef<[Element, DOMRect][]>([]);
  if (last.current !== undefined && last.current !== order && !still.matches)
    // What calls this is about to be drawn: until it is, all stands where it stood.
    before.current = [...document.querySelectorAll(MOVABLE)].map((one) => [
      one,
      one.getBoundingClientRect(),
    ]);
  last.current = order;
  useLayoutEffect(() => {
    const stood = before.current;
    if (stood.length === 0) return;
    before.current = [];
    // All that is changed, then all that is read, then all that is changed: by turns, each reading
    // would lay the page out anew.
    for (const slide of slides) slide.cancel();
    const moved = new Map<Element | null | undefined, [number, number]>();
    const seen = stood.filter(([one, was]) => {
      const now = one.getBoundingClientRect();
      moved.set(one, [was.left - now.left, was.top - now.top]);
      return isSeen(was) || isSeen(now);
    });
    const from = seen.flatMap(([one]): [Element, string][] => {
      // What it stands in takes it along.
      const [alongX, alongY] = moved.get(one.parentElement?.closest(MOVABLE)) ?? [0, 0];
      const [x, y] = moved.get(one) as [number, number];
      return x === alongX && y === alongY
        ? []
        : [[one, `translate(${x - alongX}px, ${y - alongY}px)`]];
    });
    slides =
      from.length > MOST
        ? []
        : from.map(([one, place]) => one.animate({ transform: [place, "none"] }, SLIDE));
  }, [order]);
}

const isSeen = ({ top, bottom }: DOMRect): boolean => bottom > 0 && top < innerHeight;
