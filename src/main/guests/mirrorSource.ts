/**
 * Gets a guest's packages from a Debian mirror that the user names, for hosts without apt.
 * Source: the Debian repository format.
 * Invariant: signature, then index hash, then package hash: each step is checked before the next begins.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { unpackStream } from "./debArchive.ts";
import { formatBytes, limits } from "./hostileInput.ts";
import { downloadBytes, downloadFile } from "./httpDownload.ts";
import { chooseGuestPackages, isGuestPackage, readPackageIndex, type PackageRecord } from "./packageIndex.ts";
import {
  debianRelease,
  guestArchitecture,
  type FetchContext,
  type FetchedPackage,
  type FetchedPackages,
} from "./packageSource.ts";
import { readSignedRelease, type Release } from "./signedRelease.ts";

export interface MirrorOptions {
  /** Address of the folder that holds `dists` and `pool`. */
  readonly mirror: string;
  /** OpenPGP keys that may sign; undefined for the host's Debian archive keys. */
  readonly keyring?: string;
  /** Where the host may keep Debian's archive keys. */
  readonly keyringCandidates?: readonly string[];
  readonly now?: Date;
}

/** Debian's own place for its archive keys, in the forms its releases have used. */
export const hostKeyrings = ["gpg", "pgp", "asc"].map(
  (ending) => `/usr/share/keyrings/debian-archive-keyring.${ending}`,
);

export async function fetchFromMirror(
  options: MirrorOptions,
  context: FetchContext,
): Promise<Result<FetchedPackages, string>> {
  const root = readMirrorAddress(options.mirror);
  if (!root.ok) return root;
  const keyring = await readFirstKeyring(options);
  if (!keyring.ok) return keyring;
  const folder = join(context.folder, "mirror");
  await mkdir(folder, { recursive: true });

  const suite = `${root.value}dists/${debianRelease}/`;
  const step = "Reading the release file";
  context.onProgress({ step, doneBytes: 0, totalBytes: 0 });
  const signed = await downloadBytes(`${suite}InRelease`, limits.releaseBytes, {
    signal: context.signal,
    onBytes: (doneBytes) => context.onProgress({ step, doneBytes, totalBytes: 0 }),
  });
  if (!signed.ok) return signed;
  const release = await readSignedRelease(
    new TextDecoder().decode(signed.value),
    keyring.value,
    options.now ?? new Date(),
  );
  if (!release.ok) return release;
  if (release.value.codename !== debianRelease)
    return refuse(
      `The mirror's release is "${release.value.codename}", but ${debianRelease} was asked for; ` +
        "name another mirror.",
    );
  const records = await readIndex(suite, folder, release.value, context);
  if (!records.ok) return records;
  const packages = chooseGuestPackages(records.value);
  if (!packages.ok) return packages;
  const kernel = await download(root.value, folder, packages.value.kernel, context);
  if (!kernel.ok) return kernel;
  const busybox = await download(root.value, folder, packages.value.busybox, context);
  return busybox.ok ? ok({ kernel: kernel.value, busybox: busybox.value }) : busybox;
}

function readMirrorAddress(mirror: string): Result<string, string> {
  const url = URL.parse(mirror);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse(
      `The mirror "${mirror}" is no http or https address; name one, such as http://host/debian.`,
    );
  if (url.search !== "" || url.hash !== "")
    return refuse(`The mirror "${mirror}" must end with its folder, without ? or #.`);
  return ok(url.href.endsWith("/") ? url.href : `${url.href}/`);
}

async function readFirstKeyring(options: MirrorOptions): Promise<Result<Uint8Array, string>> {
  const candidates =
    options.keyring === undefined ? (options.keyringCandidates ?? hostKeyrings) : [options.keyring];
  for (const path of candidates) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) return ok(bytes);
  }
  return refuse(
    `No Debian archive keys were found (looked for ${candidates.join(", ")}), so the mirror's signature ` +
      "cannot be checked and nothing is downloaded. Install debian-archive-keyring " +
      "or name a keyring file with --keyring.",
  );
}

async function readIndex(
  suite: string,
  folder: string,
  release: Release,
  context: FetchContext,
): Promise<Result<PackageRecord[], string>> {
  const place = `main/binary-${guestArchitecture}`;
  const name = ["Packages.xz", "Packages.gz", "Packages"].find((candidate) =>
    release.files.has(`${place}/${candidate}`),
  );
  if (name === undefined)
    return refuse(
      `The mirror's release lists no ${place}/Packages; it holds no ${guestArchitecture} packages.`,
    );
  const digest = release.files.get(`${place}/${name}`)!;
  if (digest.bytes > limits.indexBytes)
    return refuse(
      `The package index has ${formatBytes(digest.bytes)}; ${formatBytes(limits.indexBytes)} are allowed.`,
    );
  // By hash, a mirror that is updated meanwhile still serves the index that was signed.
  const address = release.hasByHash
    ? `${suite}${place}/by-hash/SHA256/${digest.sha256}`
    : `${suite}${place}/${name}`;
  const file = join(folder, `${digest.sha256}-${name}`);
  const step = "Reading the package list";
  const got = await downloadFile(address, file, digest, {
    signal: context.signal,
    onBytes: (doneBytes) => context.onProgress({ step, doneBytes, totalBytes: digest.bytes }),
  });
  if (!got.ok) return got;
  const text = await unpackStream(name, await readFile(file), limits.indexBytes, context.signal);
  return text.ok ? ok(readPackageIndex(new TextDecoder().decode(text.value), isGuestPackage)) : text;
}

async function download(
  root: string,
  folder: string,
  record: PackageRecord,
  context: FetchContext,
): Promise<Result<FetchedPackage, string>> {
  if (record.bytes > limits.packageBytes)
    return refuse(
      `${record.name} has ${formatBytes(record.bytes)}; ` +
        `packages up to ${formatBytes(limits.packageBytes)} are taken.`,
    );
  const file = join(folder, `${record.sha256}.deb`);
  const path = record.path.split("/").map(encodeURIComponent).join("/");
  const got = await downloadFile(`${root}${path}`, file, record, {
    signal: context.signal,
    onBytes: (doneBytes) =>
      context.onProgress({ step: `Downloading ${record.name}`, doneBytes, totalBytes: record.bytes }),
  });
  return got.ok ? ok({ record, file }) : got;
}
