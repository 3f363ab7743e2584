/** The built app, for tests that run what is shipped. Built once, by whoever asks first. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
// @ts-expect-error The scripts are plain JavaScript: they run before TypeScript is installed.
import { ensureBuilt } from "../../scripts/build.mjs";

export const root = new URL("../..", import.meta.url).pathname;
export const built = (...path: string[]): string => join(root, "out", ...path);

/** As the app starts them: one of the sources has hundreds of files to compile, one of these a few. */
export const builtWorkers = {
  engineWorker: pathToFileURL(built("main", "engineWorker.js")),
  scriptWorker: pathToFileURL(built("main", "scriptWorker.js")),
  storeWorker: pathToFileURL(built("main", "storeWorker.js")),
} as const;

let building: Promise<void> | undefined;
/** Looks at the sources once for each test file. */
export const buildApp = (): Promise<void> =>
  (building ??= (ensureBuilt as (options: { quiet: boolean }) => Promise<void>)({ quiet: true }));

const browsers = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
/** The first browser that is here; the first name where none is. */
export const chromium = browsers.find((path) => existsSync(path)) ?? browsers[0]!;
export const chromiumMissing = existsSync(chromium)
  ? ""
  : " [skipped: no chromium; apt-get install chromium]";
