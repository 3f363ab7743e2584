/**
 * Gets a guest's packages with the host's apt, without root and without touching the host's package state.
 * Source: apt-get(8), apt.conf(5), "Dir" and "APT" groups.
 * Invariant: every file apt writes lies in the fetch's own folder; apt checks the lists' signatures, and we
 * check each package against those lists.
 */
import { access, constants, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { listProgress } from "./aptLists.ts";
import { guestSources, readAptSources, type SourceFile } from "./aptSources.ts";
import { runProcess } from "./childProcess.ts";
import { fileMatches, fileSize } from "./fileHash.ts";
import { formatBytes, limits } from "./hostileInput.ts";
import { chooseGuestPackages, isGuestPackage, readPackageIndex, type PackageRecord } from "./packageIndex.ts";
import {
  debianRelease,
  guestArchitecture,
  type FetchContext,
  type FetchedPackage,
  type FetchedPackages,
} from "./packageSource.ts";

/** The host's apt. Tests name others. */
export interface AptHost {
  readonly aptGet: string;
  /** Downloads a file of known hash, going on where a broken download ended. */
  readonly aptHelper: string;
  /** The folder of sources.list. */
  readonly sourcesFolder: string;
}

export const hostApt: AptHost = {
  aptGet: "/usr/bin/apt-get",
  aptHelper: "/usr/lib/apt/apt-helper",
  sourcesFolder: "/etc/apt",
};

export async function hasApt(apt: AptHost): Promise<boolean> {
  const found = await Promise.allSettled(
    [apt.aptGet, apt.aptHelper].map((path) => access(path, constants.X_OK)),
  );
  return found.every(({ status }) => status === "fulfilled");
}

export async function fetchWithApt(
  apt: AptHost,
  context: FetchContext,
): Promise<Result<FetchedPackages, string>> {
  const sources = guestSources(readAptSources(await readSourceFiles(apt.sourcesFolder)), debianRelease);
  if (sources === "")
    return refuse(
      `None of the sources in ${apt.sourcesFolder} is a Debian archive, so apt cannot find s390x packages ` +
        "there. Name a Debian mirror with --mirror.",
    );
  const session = await openSession(apt, context, sources);
  const updated = await updateLists(session);
  const packages = chooseGuestPackages(await readLists(session.lists));
  // One broken source among several is no reason to stop if the lists have what is needed.
  if (!packages.ok) return updated.ok ? packages : updated;
  const kernel = await download(session, packages.value.kernel);
  if (!kernel.ok) return kernel;
  const busybox = await download(session, packages.value.busybox);
  return busybox.ok ? ok({ kernel: kernel.value, busybox: busybox.value }) : busybox;
}

interface Session {
  readonly apt: AptHost;
  readonly context: FetchContext;
  readonly folder: string;
  readonly lists: string;
  readonly options: readonly string[];
}

/** Makes the private folders and the options that keep apt inside them. */
async function openSession(apt: AptHost, context: FetchContext, sources: string): Promise<Session> {
  const folder = resolve(context.folder, "apt");
  const lists = join(folder, "lists");
  const cache = join(folder, "cache");
  await mkdir(join(lists, "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  const sourceFile = join(folder, "guest.sources");
  const configFile = join(folder, "guest.conf");
  await writeFile(sourceFile, sources);
  // Hooks that the host runs after its own updates must not run after ours.
  const hooks = ["APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success"];
  await writeFile(configFile, hooks.map((hook) => `#clear ${hook};\n`).join(""));
  const settings = {
    "Dir::State::Lists": lists,
    "Dir::State::status": "/dev/null",
    "Dir::Cache": cache,
    "Dir::Etc::SourceList": sourceFile,
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": "/dev/null",
    "APT::Architecture": guestArchitecture,
    "APT::Architectures::": guestArchitecture,
    "APT::Get::AllowUnauthenticated": "false",
    "Acquire::AllowInsecureRepositories": "false",
    "Acquire::AllowWeakRepositories": "false",
    "Acquire::GzipIndexes": "false",
    "Acquire::Languages": "none",
    // apt drops root to a user that may have no way into our folder.
    ...((await isOpenToAll(folder)) ? {} : { "APT::Sandbox::User": "root" }),
  };
  const options = [
    "-c",
    configFile,
    ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
  ];
  return { apt, context, folder, lists, options };
}

async function isOpenToAll(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o005) !== 0o005) return false;
    if (dirname(at) === at) return true;
  }
}

async function readSourceFiles(folder: string): Promise<SourceFile[]> {
  const parts = await readdir(join(folder, "sources.list.d")).catch(() => []);
  const paths = [
    "sources.list",
    ...parts.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join("sources.list.d", name)),
  ];
  const files = await Promise.all(
    paths.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8").catch(() => "") })),
  );
  return files;
}

async function updateLists(session: Session): Promise<Result<void, string>> {
  const { apt, context, lists, options } = session;
  const step = "Reading the package lists";
  const look = async (): Promise<void> => context.onProgress({ step, ...(await listProgress(lists)) });
  const stop = watchBytes(look);
  const updated = await runProcess(apt.aptGet, [...options, "-q", "update"], { signal: context.signal });
  stop();
  await look();
  return updated.ok ? ok(undefined) : updated;
}

async function readLists(folder: string): Promise<PackageRecord[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith("_Packages"));
  const records: PackageRecord[] = [];
  for (const name of names) {
    if ((await fileSize(join(folder, name))) > limits.indexBytes) continue;
    records.push(...readPackageIndex(await readFile(join(folder, name), "utf8"), isGuestPackage));
  }
  return records;
}

async function download(session: Session, record: PackageRecord): Promise<Result<FetchedPackage, string>> {
  const { apt, context, folder, options } = session;
  if (record.bytes > limits.packageBytes)
    return refuse(
      `${record.name} has ${formatBytes(record.bytes)}; ` +
        `packages up to ${formatBytes(limits.packageBytes)} are taken.`,
    );
  const file = join(folder, `${record.sha256}.deb`);
  if (await fileMatches(file, record)) return ok({ record, file });
  const wanted = `${record.name}:${guestArchitecture}=${record.version}`;
  const listed = await runProcess(apt.aptGet, [...options, "--print-uris", "download", wanted], {
    signal: context.signal,
  });
  if (!listed.ok) return listed;
  const uri = /^'([^']+)'/m.exec(listed.value)?.[1];
  if (uri === undefined)
    return refuse(`apt names no place to download ${wanted} from: ${listed.value.trim()}`);

  const step = `Downloading ${record.name}`;
  const progress = async (): Promise<void> =>
    context.onProgress({
      step,
      doneBytes: Math.min(await fileSize(file), record.bytes),
      totalBytes: record.bytes,
    });
  await progress();
  const stop = watchBytes(progress);
  const got = await runProcess(
    apt.aptHelper,
    [...options, "download-file", uri, file, `SHA256:${record.sha256}`],
    { cwd: folder, signal: context.signal },
  );
  stop();
  if (!got.ok) return got;
  if (!(await fileMatches(file, record)))
    return refuse(
      `The ${record.name} that apt downloaded is not the one its signed list describes; ` +
        "the guest stays as it was.",
    );
  await progress();
  return ok({ record, file });
}

/** Looks a few times a second; apt itself reports no bytes. */
function watchBytes(look: () => Promise<void>): () => void {
  const timer = setInterval(() => void look(), 250);
  return () => clearInterval(timer);
}
