/** Three builds: main (with the engine worker and the command line as entries), preload, and the page. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "electron-vite";
import type { Plugin } from "vite";

/** What was built writes `interpreter.wasm` into its own folder. */
const interpreterFile: Plugin = {
  name: "interpreter-file",
  writeBundle: async ({ dir }) => {
    await import(pathToFileURL(join(dir!, "interpreterFile.js")).href);
  },
};

export default defineConfig({
  main: {
    plugins: [interpreterFile],
    build: {
      outDir: "out/main",
      sourcemap: true,
      rolldownOptions: {
        input: {
          main: "src/main/main.ts",
          cli: "src/main/cli/main.ts",
          engineWorker: "src/engine/worker/engineWorker.ts",
          interpreterFile: "src/engine/worker/interpreterFile.ts",
          deviceWorker: "src/engine/worker/deviceWorker.ts",
          storeWorker: "src/main/store/storeWorker.ts",
          scriptWorker: "src/main/script/scriptWorker.ts",
        },
      },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      rolldownOptions: {
        input: { preload: "src/main/preload.ts" },
        // A sandboxed preload is CommonJS, and package.json says that .js is not.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "src/renderer",
    base: "./",
    plugins: [vue()],
    worker: { format: "es" },
    build: {
      outDir: "out/renderer",
      minify: true,
      // Fonts stay files: the content security policy has no `data:`.
      assetsInlineLimit: 0,
      rolldownOptions: { input: "src/renderer/index.html" },
    },
  },
});
