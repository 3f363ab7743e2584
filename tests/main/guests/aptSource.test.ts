import { existsSync, readFileSync, watch, writeFileSync, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fetchWithApt, hasApt } from "../../../src/main/guests/aptSource.ts";
import { cancelled } from "../../../src/main/guests/childProcess.ts";
import { sha256Of } from "../../../src/main/guests/fileHash.ts";
import type { FetchContext } from "../../../src/main/guests/packageSource.ts";
import { busyboxDeb, kernelDeb } from "./debianArchive.ts";
import { makeFakeApt } from "./fakeApt.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

interface TestContext extends FetchContext {
  onProgress: FetchContext["onProgress"];
  readonly abort: AbortController;
}

function contextIn(folder: string): TestContext {
  const abort = new AbortController();
  return { folder, signal: abort.signal, onProgress: () => undefined, abort };
}

it("gets both packages, and every folder apt is told of lies in the fetch's own", async () => {
  const apt = makeFakeApt(temporaryFolder());
  const folder = temporaryFolder();
  expect(await hasApt(apt)).toBe(true);
  const fetched = await fetchWithApt(apt, contextIn(folder));
  if (!fetched.ok) throw new Error(fetched.error);
  expect(sha256Of(readFileSync(fetched.value.kernel.file))).toBe(sha256Of(kernelDeb));
  expect(sha256Of(readFileSync(fetched.value.busybox.file))).toBe(sha256Of(busyboxDeb));
  for (const [, key, value] of readFileSync(apt.log, "utf8").matchAll(/(Dir::[\w:]+)=(\S+)/g))
    expect(value === "/dev/null" || value!.startsWith(folder), `${key}=${value}`).toBe(true);
});

it("refuses a package that is not the one of the signed list, whichever it is", async () => {
  for (const name of ["linux-image-6.1.0-50-s390x", "busybox-static"]) {
    const apt = makeFakeApt(temporaryFolder());
    writeFileSync(join(apt.pool, name), "something else");
    const fetched = await fetchWithApt(apt, contextIn(temporaryFolder()));
    expect(!fetched.ok && fetched.error).toContain("not the one its signed list describes");
  }
});

it("goes on if one source among several fails, but not if nothing was found", async () => {
  const apt = makeFakeApt(temporaryFolder(), {
    update: 'cp $(dirname $0)/index $lists/host_Packages; echo "E: one source failed" >&2; exit 100',
  });
  expect((await fetchWithApt(apt, contextIn(temporaryFolder()))).ok).toBe(true);
  writeFileSync(apt.index, "");
  const fetched = await fetchWithApt(apt, contextIn(temporaryFolder()));
  expect(!fetched.ok && fetched.error).toContain("E: one source failed");
});

it("says so where the host's sources are no Debian archive, and starts nothing", async () => {
  const apt = makeFakeApt(temporaryFolder());
  writeFileSync(join(apt.sourcesFolder, "sources.list"), "deb http://host/ubuntu noble main\n");
  const fetched = await fetchWithApt(apt, contextIn(temporaryFolder()));
  expect(!fetched.ok && fetched.error).toContain("--mirror");
  expect(existsSync(apt.log)).toBe(false);
});

it("asks for a package once: the next fetch takes what is there", async () => {
  const apt = makeFakeApt(temporaryFolder());
  const folder = temporaryFolder();
  await fetchWithApt(apt, contextIn(folder));
  writeFileSync(apt.log, "");
  expect((await fetchWithApt(apt, contextIn(folder))).ok).toBe(true);
  expect(readFileSync(apt.log, "utf8")).not.toContain("download-file");
});

it("ends apt and all it started when cancelled, and keeps what it has downloaded", async () => {
  // The download writes half a file, starts a child of its own, says who they are, and never ends.
  const download =
    'head -c 1000 /dev/zero > "$3"; sleep 1000 & echo "$$ $!" > pids.new; mv pids.new pids; wait';
  const apt = makeFakeApt(temporaryFolder(), { download });
  const folder = temporaryFolder();
  const context = contextIn(folder);
  const place = join(folder, "apt");
  const started = new Promise<void>((resolve) => {
    let watcher: FSWatcher | undefined;
    const look = (): void => {
      if (!existsSync(join(place, "pids"))) return;
      watcher?.close();
      resolve();
    };
    context.onProgress = ({ step }) => {
      if (!step.startsWith("Downloading")) return;
      watcher ??= watch(place, look);
      look();
    };
  });
  const fetching = fetchWithApt(apt, context);
  await started;
  const pids = readFileSync(join(folder, "apt", "pids"), "utf8")
    .trim()
    .split(" ")
    .map(Number);
  context.abort.abort();
  expect(await fetching).toEqual({ ok: false, error: cancelled });
  for (const pid of pids) expect(isRunning(pid), `process ${pid}`).toBe(false);
  expect(existsSync(join(folder, "apt", `${sha256Of(kernelDeb)}.deb`))).toBe(true);
});

/** A zombie that nobody has collected yet does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
