/**
 * How far `apt-get update` is with a folder of lists, for apt itself reports no bytes. Release files come
 * first and say how large each package index is (Debian repository format, "SHA256").
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileSize } from "./fileHash.ts";
import { limits } from "./hostileInput.ts";
import { guestArchitecture } from "./packageSource.ts";

const RELEASE = "_InRelease";
const index = { inRelease: `main/binary-${guestArchitecture}/Packages.xz`, inFile: "_main_binary-" };

/** Bytes of release files and compressed indices; 0 of 0 before the first release file is there. */
export async function listProgress(lists: string): Promise<{ doneBytes: number; totalBytes: number }> {
  const partial = join(lists, "partial");
  const [ready, arriving] = await Promise.all([lists, partial].map(namesIn));
  let doneBytes = 0;
  let totalBytes = 0;
  for (const name of new Set([...ready!, ...arriving!])) {
    if (!name.endsWith(RELEASE)) continue;
    const path = join(ready!.includes(name) ? lists : partial, name);
    const releaseBytes = await fileSize(path);
    const indexBytes = releaseBytes > limits.releaseBytes ? 0 : indexSize(await readText(path));
    // An index that is ready stands unpacked under the same name without its ending.
    const packages = `${name.slice(0, -RELEASE.length)}${index.inFile}${guestArchitecture}_Packages`;
    const isReady = ready!.includes(packages);
    const gotBytes = isReady ? indexBytes : await fileSize(join(partial, `${packages}.xz`));
    doneBytes += releaseBytes + Math.min(gotBytes, indexBytes);
    totalBytes += releaseBytes + indexBytes;
  }
  return { doneBytes, totalBytes };
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const readText = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** Only shown, never trusted: apt checks signature and sizes itself. */
function indexSize(release: string): number {
  const sums = release.slice(release.search(/^SHA256:/m));
  const line = sums.split("\n").find((text) => text.endsWith(` ${index.inRelease}`));
  return Number(/^ [0-9a-f]{64} +(\d{1,12}) /.exec(line ?? "")?.[1] ?? 0);
}
