import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Let what is looked at stay where it is when `order` has changed because something came in above
 * it: the window scrolls along. chosen: finds what is looked at wherever the window stands; without
 * it, who is at the top sees what comes in. Returns whether anything is held just now.
 */
export function useHold(
  list: RefObject<HTMLElement | null>,
  order: string,
  chosen: string,
): boolean {
  const last = useRef(order);
  const held = useRef<[Element, number]>(undefined);
  if (last.current !== order) {
    // What calls this is about to be drawn: until it is, all stands where it stood.
    const found =
      list.current?.querySelector(chosen) ?? (scrollY > 0 ? inSight(list.current) : undefined);
    held.current = found && [found, found.getBoundingClientRect().top];
  }
  last.current = order;
  useLayoutEffect(() => {
    const [found, top] = held.current ?? [];
    held.current = undefined;
    if (found?.isConnected === true && top !== undefined)
      scrollBy({ top: found.getBoundingClientRect().top - top, behavior: "instant" });
  }, [order]);
  return held.current !== undefined;
}

/** The first of a list that begins in the window. */
const inSight = (list: Element | null): Element | undefined =>
  [...(list?.children ?? [])].find((one) => one.getBoundingClientRect().top >= 0);
