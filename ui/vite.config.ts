import { defineConfig } from "vite";

// Where `npm run dev` finds an engine; DESKWATCH_URL names another.
const engine = process.env["DESKWATCH_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../src/deskwatch/web/static",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // The page's policy allows scripts and styles from files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    rolldownOptions: { input: "src/main.tsx" },
  },
  server: { proxy: { "/api": engine } },
});
