import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PAGES, type Page } from "../pages.ts";
import { followLink, linkTo, path } from "../route.ts";
import { topic } from "../store.ts";
import { Icon } from "./icon.tsx";

/** What a phone's bar has room for; the rest is behind "More". */
const ON_PHONE = 4;

/** The way to every page: at the left, on a phone at the bottom. */
export function Rail({ current }: { current: Page }) {
  const open = useSignal(false);
  const rail = useRef<HTMLElement>(null);
  const close = (): void => void (open.value = false);
  useSignalEffect(() => {
    void path.value;
    close();
  });
  useEffect(() => {
    const beside = ({ target }: Event): void => {
      if (rail.current?.contains(target as Node) === false) close();
    };
    const escape = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") close();
    };
    addEventListener("pointerdown", beside);
    addEventListener("keydown", escape);
    return () => {
      removeEventListener("pointerdown", beside);
      removeEventListener("keydown", escape);
    };
  }, []);
  return (
    <nav
      ref={rail}
      class={open.value ? "rail open" : "rail"}
      aria-label="Pages"
      onClick={followLink}
    >
      <a class="logo" href={linkTo("/")} aria-label="deskwatch">
        <Icon name="logo" size={22} />
      </a>
      {PAGES.map((page, place) => (
        <a
          key={page.path}
          class={place >= ON_PHONE ? "second" : ""}
          href={linkTo(page.path)}
          aria-current={page === current ? "page" : undefined}
          onClick={() => void (open.value = false)}
        >
          <Icon name={page.icon} />
          <span>{page.title}</span>
          {page.path === "/alerts" && <Firing />}
        </a>
      ))}
      {PAGES.length > ON_PHONE && (
        <button
          class="more"
          aria-expanded={open.value}
          onClick={() => void (open.value = !open.value)}
        >
          <Icon name="more" weight={3} />
          <span>More</span>
          {!open.value && <Firing />}
        </button>
      )}
    </nav>
  );
}

function Firing() {
  const firing = Object.values(topic("status").value.value?.firing ?? {}).reduce(
    (sum, one) => sum + one,
    0,
  );
  if (firing === 0) return null;
  return (
    <span class="badge">
      {firing}
      <span class="aloud"> firing</span>
    </span>
  );
}
