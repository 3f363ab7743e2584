/**
 * Tests mirror src/ and run on plain Node; whatever needs the build or a browser asks for it itself. Files
 * share the processors; only those that drive the window run one by one: browser, host and guest are busy on
 * several.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Engines begin by the hundred in a run: what Node compiled of their source is kept for the next one.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("out/compiled", import.meta.url));

const window = ["tests/app/**/*.test.ts"];
const common = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "computing",
          include: ["tests/**/*.test.ts", "tests/**/*.scenario.ts"],
          exclude: window,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: "window", include: window, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
