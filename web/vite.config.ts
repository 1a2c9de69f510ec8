import { defineConfig } from "vitest/config";

/** The page is built into the Python package, so that `craftlore serve` ships it. */
export default defineConfig({
  build: { outDir: "../src/craftlore/serve/page", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": process.env.CRAFTLORE_URL ?? "http://127.0.0.1:8000" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
