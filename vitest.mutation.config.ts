/** The tests that a fault planted in a device or a snapshot must fail: `npm run mutate`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "tests/engine/{conformance,deviceMachine,devices,ledger,litmus,scenarios,snapshot,uapi}/**/*.test.ts",
    ],
    testTimeout: 300_000,
  },
});
