/** Where the command line finds the rest of the program, run from its sources or from the bundle. */
import { fileURLToPath } from "node:url";
import { dataFolder } from "../dataFolder.ts";

export interface Places {
  readonly engineWorker: URL;
  readonly storeWorker: URL;
  readonly scriptWorker: URL;
  /** The folder with package.json. */
  readonly root: string;
  readonly resourcesDir: string;
  readonly dataDir: string;
  /** The built page. */
  readonly pageFolder: string;
}

/** `entry` is the address of the entry module: `src/main/cli/main.ts`, or `out/main/cli.js`. */
export function placesOf(entry: string): Places {
  const isSource = entry.endsWith(".ts");
  const engineWorker = new URL(isSource ? "../../engine/worker/engineWorker.ts" : "./engineWorker.js", entry);
  const storeWorker = new URL(isSource ? "../store/storeWorker.ts" : "./storeWorker.js", entry);
  const scriptWorker = new URL(isSource ? "../script/scriptWorker.ts" : "./scriptWorker.js", entry);
  const root = new URL(isSource ? "../../../" : "../../", entry);
  return {
    engineWorker,
    storeWorker,
    scriptWorker,
    root: fileURLToPath(root),
    resourcesDir: fileURLToPath(new URL("resources", root)),
    dataDir: dataFolder(),
    pageFolder: fileURLToPath(new URL("out/renderer", root)),
  };
}
