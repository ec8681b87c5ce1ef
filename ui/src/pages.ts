/** Every page: where it is, what it follows, and the file that draws it, which is loaded on demand. */

import type { ComponentType } from "preact";
import type { IconName } from "./parts/icon.tsx";
import type { TopicName } from "./topics.ts";

export interface Page {
  path: string;
  title: string;
  icon: IconName;
  /** Goes there after "g". */
  key: string;
  topics: readonly TopicName[];
  /** Whether it shows a time range that can be chosen. */
  ranged: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

/** Followed wherever we are: the header and the rail show them. */
export const ALWAYS: readonly TopicName[] = ["status"];

export const PAGES: readonly Page[] = [
  {
    path: "/",
    title: "Desk",
    icon: "desk",
    key: "d",
    topics: ["pnl", "exposure", "limits", "var", "latency", "breakers", "positions", "timeline"],
    ranged: true,
    load: () => import("./pages/desk.tsx"),
  },
  {
    path: "/pnl",
    title: "P&L",
    icon: "pnl",
    key: "p",
    topics: ["pnl", "positions", "timeline"],
    ranged: true,
    load: () => import("./pages/pnl.tsx"),
  },
  {
    path: "/risk",
    title: "Risk",
    icon: "risk",
    key: "r",
    topics: ["exposure", "limits", "var", "timeline"],
    ranged: true,
    load: () => import("./pages/risk.tsx"),
  },
  {
    path: "/latency",
    title: "Latency",
    icon: "latency",
    key: "l",
    topics: ["latency", "timeline"],
    ranged: true,
    load: () => import("./pages/latency.tsx"),
  },
  {
    path: "/execution",
    title: "Execution",
    icon: "execution",
    key: "e",
    topics: ["execution", "orders"],
    ranged: false,
    load: () => import("./pages/execution.tsx"),
  },
  {
    path: "/health",
    title: "Health",
    icon: "health",
    key: "h",
    topics: ["services", "feeds", "health", "alerts", "log_streams"],
    ranged: false,
    load: () => import("./pages/health.tsx"),
  },
  {
    path: "/alerts",
    title: "Alerts",
    icon: "alerts",
    key: "a",
    topics: ["alerts"],
    ranged: false,
    load: () => import("./pages/alerts.tsx"),
  },
  {
    path: "/logs",
    title: "Logs",
    icon: "logs",
    key: "o",
    topics: [],
    ranged: true,
    load: () => import("./pages/logs.tsx"),
  },
  {
    path: "/drills",
    title: "Drills",
    icon: "drills",
    key: "t",
    topics: ["drills"],
    ranged: false,
    load: () => import("./pages/drills.tsx"),
  },
];

/** The page at a path; where there is none, the first. */
export const pageAt = (path: string): Page =>
  PAGES.find((page) => page.path === path) ?? (PAGES[0] as Page);
