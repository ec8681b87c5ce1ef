import { useLayoutEffect, useRef } from "preact/hooks";

const SLIDE_MS = 200;

/** What can change its place: cards, and the entries and rows in them. */
const MOVABLE = "main > *, .stack > *, .pending, main li, main tr";

const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Let everything slide that finds itself elsewhere once `order` has changed: what came, went or
 * changed places is then followed by the eye. Nothing slides for who wants less motion. order:
 * undefined before there is anything.
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
    before.current = [];
    for (const [one] of stood) for (const slide of one.getAnimations()) slide.cancel();
    const moved = new Map<Element | null | undefined, [number, number]>();
    for (const [one, { left, top }] of stood) {
      const now = one.getBoundingClientRect();
      moved.set(one, [left - now.left, top - now.top]);
    }
    for (const [one, [x, y]] of moved as Map<Element, [number, number]>) {
      // What it stands in takes it along.
      const [alongX, alongY] = moved.get(one.parentElement?.closest(MOVABLE)) ?? [0, 0];
      if (x === alongX && y === alongY) continue;
      const from = `translate(${x - alongX}px, ${y - alongY}px)`;
      one.animate({ transform: [from, "none"] }, { duration: SLIDE_MS, easing: "ease-out" });
    }
  }, [order]);
}
