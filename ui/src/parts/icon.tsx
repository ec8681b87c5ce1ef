/** Our own small set of line icons, 24 by 24. */

const PATHS = {
  logo: "M3 17l5-8 4 4 8-10",
  desk: "M4 19V5m0 14h16M8 15l4-5 3 3 5-7",
  pnl: "M4 20h16M6 16v-5m4 5V6m4 10v-3m4 3V9",
  risk: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z",
  latency: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  execution: "M4 8h13m0 0-3-3m3 3-3 3M20 16H7m0 0 3-3m-3 3 3 3",
  health: "M3 12h4l2-6 4 12 2-6h6",
  alerts: "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
  logs: "M5 6h14M5 12h14M5 18h9",
  drills: "M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M16 5v4M8 15v4",
  pause: "M9 6v12M15 6v12",
  play: "M8 5l11 7-11 7z",
  close: "M6 6l12 12M18 6L6 18",
  dot: "M12 12h.01",
  ring: "M17 12a5 5 0 1 1-10 0 5 5 0 0 1 10 0z",
  cross: "M7 7l10 10M17 7L7 17",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warning: "M12 4l9 16H3zM12 10v4m0 3h.01",
  silence: "M6 16v-5a6 6 0 0 1 9.5-4.9M18 11v5l1.5 2h-13M10 21h4M4 4l16 16",
  open: "M9 6l6 6-6 6",
  copy: "M9 9h10v11H9zM5 15V4h10",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 20,
  weight = 1.8,
}: {
  name: IconName;
  size?: number;
  weight?: number;
}) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width={weight}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
