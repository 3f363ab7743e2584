import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "openpgp";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { downloadFile } from "../../../src/main/guests/httpDownload.ts";
import { sha256Of } from "../../../src/main/guests/fileHash.ts";
import { fetchFromMirror } from "../../../src/main/guests/mirrorSource.ts";
import { readSignedRelease } from "../../../src/main/guests/signedRelease.ts";
import type { FetchContext } from "../../../src/main/guests/packageSource.ts";
import { busyboxDeb, kernelDeb, makeArchive, poolPaths, type TestArchive } from "./debianArchive.ts";
import { serveFiles, type FileServer } from "./fileServer.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

let archive: TestArchive;
let foreign: TestArchive;
beforeAll(async () => {
  archive = await makeArchive();
  foreign = await makeArchive();
});
const servers: FileServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function mirrorOf(files: ReadonlyMap<string, Uint8Array>): Promise<FileServer> {
  const server = await serveFiles(files);
  servers.push(server);
  return server;
}

function contextIn(folder: string): FetchContext & { abort: AbortController } {
  const abort = new AbortController();
  return { folder, signal: abort.signal, onProgress: () => undefined, abort };
}

function keyringFile(bytes: Uint8Array | string): string {
  const path = join(temporaryFolder(), "keyring");
  writeFileSync(path, bytes);
  return path;
}

async function fetchAll(
  server: FileServer,
  folder = temporaryFolder(),
  keyring = keyringFile(archive.keyring),
) {
  return fetchFromMirror({ mirror: server.url, keyring }, contextIn(folder));
}

describe("a mirror", () => {
  it("gives both packages as the signed index describes them, whatever form the keyring has", async () => {
    const server = await mirrorOf(archive.files);
    for (const keyring of [keyringFile(archive.keyring), keyringFile(archive.armouredKeyring)]) {
      const fetched = await fetchAll(server, temporaryFolder(), keyring);
      if (!fetched.ok) throw new Error(fetched.error);
      expect(statSync(fetched.value.kernel.file).size).toBe(kernelDeb.length);
      expect(statSync(fetched.value.busybox.file).size).toBe(busyboxDeb.length);
    }
  });

  it("is refused for a flipped bit in index or package, and leaves no such file", async () => {
    for (const [path, bytes] of archive.files) {
      if (path.endsWith("InRelease")) continue;
      const damaged = bytes.slice();
      damaged[damaged.length >> 1]! ^= 1;
      const folder = temporaryFolder();
      const fetched = await fetchAll(await mirrorOf(new Map([...archive.files, [path, damaged]])), folder);
      expect(!fetched.ok && fetched.error, path).toMatch(/^.{30,}\.$/s);
      const digest = sha256Of(damaged);
      for (const name of readdirSync(join(folder, "mirror"))) expect(name).not.toContain(digest);
    }
  });

  it("with a flipped bit in its release file is refused, or says the very same", async () => {
    const whole = archive.files.get("dists/bookworm/InRelease")!;
    const read = (bytes: Uint8Array) =>
      readSignedRelease(new TextDecoder().decode(bytes), archive.keyring, new Date());
    const truth = await read(whole);
    expect(truth.ok).toBe(true);
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 7);
      const release = await read(damaged);
      // The armour around the signature may be read leniently; what was signed may not.
      if (release.ok) expect(release, `byte ${at}`).toEqual(truth);
    }
  });

  it("is refused where a file is missing", async () => {
    for (const path of archive.files.keys()) {
      const files = new Map(archive.files);
      files.delete(path);
      const fetched = await fetchAll(await mirrorOf(files));
      expect(!fetched.ok && fetched.error, path).toContain("404");
    }
  });

  it("is refused if somebody else signed it, if its text was changed, or without a signature", async () => {
    const inRelease = "dists/bookworm/InRelease";
    const signed = new TextDecoder().decode(archive.files.get(inRelease)!);
    const other = new TextDecoder().decode(foreign.files.get(inRelease)!);
    const unsigned = signed.slice(signed.indexOf("Origin:"), signed.indexOf("-----BEGIN PGP SIGNATURE"));
    for (const text of [other, unsigned, signed.replace("Origin: Debian", "Origin: Nobody"), ""]) {
      const fetched = await fetchAll(
        await mirrorOf(new Map([...archive.files, [inRelease, new TextEncoder().encode(text)]])),
      );
      expect(!fetched.ok && fetched.error).toMatch(/signature/);
    }
  });

  it("is refused for another release, and for one that has run out", async () => {
    const trixie = await makeArchive({ codename: "trixie" });
    expect(
      await fetchAll(await mirrorOf(trixie.files), undefined, keyringFile(trixie.keyring)),
    ).toMatchObject({ ok: false });
    const old = await makeArchive({ validUntil: "Thu, 01 Jan 2015 00:00:00 UTC" });
    const fetched = await fetchAll(await mirrorOf(old.files), undefined, keyringFile(old.keyring));
    expect(!fetched.ok && fetched.error).toContain("valid until");
  });

  it("is not even asked without keys, and with an address that is none", async () => {
    const server = await mirrorOf(archive.files);
    const context = contextIn(temporaryFolder());
    for (const options of [
      { mirror: server.url, keyringCandidates: ["/nonexistent/a"] },
      { mirror: server.url, keyring: "/nonexistent/b" },
      { mirror: "ftp://host/debian" },
      { mirror: "debian" },
      { mirror: `${server.url}?x` },
    ])
      expect((await fetchFromMirror(options, context)).ok).toBe(false);
    expect(server.requests).toEqual([]);
  });

  it("is refused for a keyring of noise or of somebody else's key", async () => {
    const server = await mirrorOf(archive.files);
    for (const keyring of ["noise", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n", foreign.keyring])
      expect((await fetchAll(server, undefined, keyringFile(keyring))).ok).toBe(false);
  });

  it("takes an archive signed by one known key among several", async () => {
    const { privateKey, publicKey } = await generateKey({
      userIDs: [{ name: "Second" }],
      format: "object",
      type: "curve25519",
    });
    const both = await makeArchive({ signer: privateKey });
    const keyring = Buffer.concat([archive.keyring, publicKey.write()]);
    expect((await fetchAll(await mirrorOf(both.files), undefined, keyringFile(keyring))).ok).toBe(true);
  });

  it("is fetched whole after a broken connection", async () => {
    const server = await mirrorOf(archive.files);
    const folder = temporaryFolder();
    server.cutAfter = 20_000;
    const cut = await fetchAll(server, folder);
    expect(!cut.ok && cut.error).toMatch(/[Ff]etch again to go on/);
    expect((await fetchAll(server, folder)).ok).toBe(true);
  });

  it("goes on after a cancel with the byte that was next, and asks for nothing twice", async () => {
    const server = await mirrorOf(archive.files);
    const folder = temporaryFolder();
    const context = contextIn(folder);
    let written = 0;
    const fetching = fetchFromMirror(
      { mirror: server.url, keyring: keyringFile(archive.keyring) },
      {
        ...context,
        onProgress: ({ step, doneBytes }) => {
          // From the kernel on, the server stops in the middle; what is reported is on disk.
          if (step === "Reading the package list") server.hang = { reached: () => undefined };
          if (!step.startsWith("Downloading")) return;
          written = doneBytes;
          context.abort.abort();
        },
      },
    );
    const fetched = await fetching;
    expect(!fetched.ok && fetched.error).toContain("cancelled");
    expect(written).toBeGreaterThan(0);
    server.hang = undefined;
    server.requests.length = 0;
    expect((await fetchAll(server, folder)).ok).toBe(true);
    expect(server.requests).toEqual([
      "dists/bookworm/InRelease",
      `${poolPaths.kernel}@${written}`,
      poolPaths.busybox,
    ]);
  });
});

describe("a download", () => {
  const body = Uint8Array.from({ length: 5000 }, (_, i) => i * 31);
  const digest = { bytes: body.length, sha256: sha256Of(body) };
  const options = { signal: new AbortController().signal };

  it("is complete from every partial file: short, whole, too long, or of another file", async () => {
    const server = await mirrorOf(new Map([["f", body]]));
    for (const ignoresRanges of [false, true])
      for (const partial of [
        body.subarray(0, 1),
        body.subarray(0, 4999),
        body,
        new Uint8Array(6000),
        new Uint8Array(3000),
        new Uint8Array(5000),
      ]) {
        server.ignoresRanges = ignoresRanges;
        const file = join(temporaryFolder(), "f");
        writeFileSync(`${file}.partial`, partial);
        expect(await downloadFile(`${server.url}f`, file, digest, options)).toEqual({
          ok: true,
          value: undefined,
        });
        expect(statSync(file).size).toBe(5000);
        expect(existsSync(`${file}.partial`)).toBe(false);
      }
  });

  it("of a file that is longer than it may be is stopped and not kept", async () => {
    const server = await mirrorOf(new Map([["f", new Uint8Array(500_000)]]));
    const file = join(temporaryFolder(), "f");
    expect((await downloadFile(`${server.url}f`, file, digest, options)).ok).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  it("from a server that falls silent ends with a sentence", async () => {
    const server = await mirrorOf(new Map([["f", body]]));
    server.hang = { reached: () => undefined };
    onTestFinished(() => void (server.hang = undefined));
    const stalled = await downloadFile(`${server.url}f`, join(temporaryFolder(), "f"), digest, {
      ...options,
      stallMs: 50,
    });
    expect(!stalled.ok && stalled.error).toContain("sent nothing");
  });

  it("from nobody ends with a sentence", async () => {
    const server = await serveFiles(new Map());
    await server.close();
    const refused = await downloadFile(`${server.url}f`, join(temporaryFolder(), "f"), digest, options);
    expect(!refused.ok && refused.error).toContain("could not be read");
  });
});
