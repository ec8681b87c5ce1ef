import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { SLIDE, still } from "./slide.ts";

/** What pushes a list down by more pixels than this is not followed by the eye. */
const MOST = 200;

/**
 * Let what is looked at stay where it is when `order` has changed because something came in above
 * it: the window scrolls along. chosen: finds what is looked at wherever the window stands; without
 * it, who is at the top sees what comes in. The list then slides down as one, so that no entry ever
 * lies over another; it doesn't where much comes at once, nor for who wants less motion.
 */
export function useHold(list: RefObject<HTMLElement | null>, order: string, chosen: string): void {
  const last = useRef(order);
  const before = useRef<{ one: Element; top: number; held: boolean } | null>(undefined);
  const slide = useRef<Animation>(undefined);
  if (last.current !== order) {
    // What calls this is about to be drawn: until it is, all stands where it stood.
    const held =
      list.current?.querySelector(chosen) ?? (scrollY > 0 ? inSight(list.current) : undefined);
    const one = held ?? list.current?.firstElementChild;
    before.current = one && { one, top: one.getBoundingClientRect().top, held: one === held };
  }
  last.current = order;
  useLayoutEffect(() => {
    const { one, top, held } = before.current ?? {};
    before.current = undefined;
    slide.current?.cancel();
    if (one?.isConnected !== true || top === undefined) return;
    const by = one.getBoundingClientRect().top - top;
    if (held === true) scrollBy({ top: by, behavior: "instant" });
    else if (by > 0 && by < MOST && !still.matches)
      slide.current = list.current?.animate(
        {
          transform: [`translateY(${-by}px)`, "none"],
          clipPath: [`inset(${by}px 0 0)`, "inset(0)"],
        },
        SLIDE,
      );
  }, [order]);
}

/** The first of a list that begins in the window. */
const inSight = (list: Element | null): Element | undefined =>
  [...(list?.children ?? [])].find((one) => one.getBoundingClientRect().top >= 0);
