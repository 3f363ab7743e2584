/** Tests mirror src/ and run on plain Node; whatever needs the build or a browser asks for it itself. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts", "tests/**/*.scenario.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
