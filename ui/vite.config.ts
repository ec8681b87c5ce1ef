import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import subsetFont from "subset-font";
import { defineConfig, type Plugin } from "vite";

// Where `npm run dev` finds an engine; DESKWATCH_URL names another.
const engine = process.env["DESKWATCH_URL"] ?? "http://127.0.0.1:8080";
const out = "../src/deskwatch/web/static";

/** Puts each text file's compressed forms beside it, so that the engine compresses nothing. */
const packed: Plugin = {
  name: "packed",
  apply: "build",
  async closeBundle() {
    const folder = join(import.meta.dirname, out, "assets");
    const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
    await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        const content = await readFile(path);
        await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
        await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
      }),
    );
  },
};

/** What figures and names are written with: ASCII, Latin-1 and Latin Extended-A, and our own marks. */
const characters =
  [...Array(0x180 - 0x20).keys()].map((place) => String.fromCodePoint(place + 0x20)).join("") +
  "–—‘’“”…€−•↑↓\u202f";

/** Takes from the font what the page doesn't write and the weights that it doesn't use. */
const subset: Plugin = {
  name: "subset",
  apply: "build",
  async generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".woff2")) continue;
      file.source = await subsetFont(Buffer.from(file.source), characters, {
        targetFormat: "woff2",
        variationAxes: { wght: { min: 400, max: 700 } },
      });
    }
  },
};

/** What the page begins with, and what a file each would cost more in headers than it holds. */
const FIRST =
  /src\/(main|parts\/(figure|meter|table|tile|link-choices)|cards\/(limits|key-figures)|amounts|slowest|grow|api|timeline)\.tsx?$/;

export default defineConfig({
  base: "/static/",
  plugins: [subset, packed],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    // Older ones know no light-dark(), which Vite would write out at length for them.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    manifest: true,
    // The page's policy allows scripts and styles from files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: "src/main.tsx",
      output: {
        codeSplitting: {
          groups: [
            { name: "main", test: FIRST, priority: 1 },
            { name: "lines", test: /src\/cards\/(pnl-)?lines\.tsx$/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": engine } },
});
