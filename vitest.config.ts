/**
 * Tests mirror src/ and run on plain Node; whatever needs the build or a browser asks for it itself. Those
 * that compute share the processors; those that start the product run one by one: it is busy on several.
 */
import { defineConfig } from "vitest/config";

const product = ["tests/app/**/*.test.ts", "tests/main/**/*.test.ts"];
const common = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "computing",
          include: ["tests/**/*.test.ts", "tests/**/*.scenario.ts"],
          exclude: product,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: "product", include: product, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
