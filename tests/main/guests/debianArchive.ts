/** A tiny Debian archive for tests: packages, index, and a signed release, made from nothing. */
import { gzipSync } from "node:zlib";
import { createCleartextMessage, generateKey, sign, type PrivateKey } from "openpgp";
import { Prng } from "../../../src/engine/base/prng.ts";
import { sha256Of } from "../../../src/main/guests/fileHash.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export function makeAr(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts = members.flatMap(([name, bytes]) => [
    text(
      `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}` +
        `${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    text(bytes.length % 2 === 1 ? "\n" : ""),
  ]);
  return join(text("!<arch>\n"), ...parts);
}

export interface TarInput {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly type?: string;
  readonly target?: string;
}

export function makeTar(entries: readonly TarInput[]): Uint8Array {
  const records = entries.map(({ path, bytes = new Uint8Array(0), type = "0", target = "" }) => {
    const header = new Uint8Array(512);
    const put = (at: number, value: string): void => header.set(text(value), at);
    put(0, path);
    put(100, "0000644\0");
    put(124, `${bytes.length.toString(8).padStart(11, "0")}\0`);
    put(148, " ".repeat(8));
    put(156, type);
    put(157, target);
    put(257, "ustar\0" + "00");
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
    );
    return join(header, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512));
  });
  return join(...records, new Uint8Array(1024));
}

export const makeDeb = (files: readonly TarInput[]): Uint8Array =>
  makeAr([
    ["debian-binary", text("2.0\n")],
    ["control.tar.gz", gzipSync(makeTar([]))],
    ["data.tar.gz", new Uint8Array(gzipSync(makeTar(files)))],
  ]);

/** A big-endian ELF64 object with nothing but section names and .modinfo. */
export function makeModule(info: readonly string[]): Uint8Array {
  const names = text("\0.shstrtab\0.modinfo\0");
  const modinfo = text(info.map((line) => `${line}\0`).join(""));
  const tableAt = 64 + names.length + modinfo.length;
  const image = new Uint8Array(tableAt + 3 * 64);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  image.set(names, 64);
  image.set(modinfo, 64 + names.length);
  view.setBigUint64(40, BigInt(tableAt));
  view.setUint16(58, 64);
  view.setUint16(60, 3);
  view.setUint16(62, 1);
  const section = (index: number, name: number, offset: number, size: number): void => {
    view.setUint32(tableAt + index * 64, name);
    view.setBigUint64(tableAt + index * 64 + 24, BigInt(offset));
    view.setBigUint64(tableAt + index * 64 + 32, BigInt(size));
  };
  section(1, 1, 64, names.length);
  section(2, 11, 64 + names.length, modinfo.length);
  return image;
}

/** Noise, so that its package stays the largest file of the archive. */
const noise = new Prng(1);
const kernelImage = Uint8Array.from({ length: 0x11000 }, () => noise.below(256));
kernelImage.set(text("S390EP"), 0x10008);

export const contents = {
  kernel: kernelImage,
  busybox: text("not really busybox"),
  virtioBlk: makeModule(["alias=virtio:d00000002v*", "depends="]),
};

export const kernelDeb = makeDeb([
  { path: "./boot/", type: "5" },
  { path: "./boot/vmlinuz-6.1.0-50-s390x", bytes: contents.kernel },
  { path: "./lib/modules/6.1.0-50-s390x/kernel/drivers/block/virtio_blk.ko", bytes: contents.virtioBlk },
]);
export const busyboxDeb = makeDeb([{ path: "./bin/busybox", bytes: contents.busybox }]);

export const poolPaths = {
  kernel: "pool/main/l/linux/linux-image-6.1.0-50-s390x_6.1.176-1_s390x.deb",
  busybox: "pool/main/b/busybox/busybox-static_1.35.0-4+b1_s390x.deb",
};

const stanza = (name: string, version: string, path: string, deb: Uint8Array, depends = ""): string =>
  [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: s390x",
    ...(depends === "" ? [] : [`Depends: ${depends}`]),
    "Description: some words\n with a second line",
    `Filename: ${path}`,
    `Size: ${deb.length}`,
    `SHA256: ${sha256Of(deb)}`,
    "",
  ].join("\n");

export function makeIndex(): string {
  const old = makeDeb([]);
  return [
    stanza("linux-image-6.1.0-9-s390x", "6.1.27-1", "pool/main/l/old.deb", old),
    stanza(
      "linux-image-s390x",
      "6.1.27-1",
      "pool/main/l/meta-old.deb",
      old,
      "linux-image-6.1.0-9-s390x (= 6.1.27-1)",
    ),
    stanza(
      "linux-image-s390x",
      "6.1.176-1",
      "pool/main/l/meta.deb",
      old,
      "linux-image-6.1.0-50-s390x (= 6.1.176-1)",
    ),
    stanza("linux-image-6.1.0-50-s390x", "6.1.176-1", poolPaths.kernel, kernelDeb),
    stanza("busybox-static", "1.35.0-4+b1", poolPaths.busybox, busyboxDeb),
    stanza("hello", "2.10-3", "pool/main/h/hello.deb", old),
  ].join("\n");
}

export interface TestArchive {
  /** Files by path below the mirror's root; tests damage them. */
  readonly files: Map<string, Uint8Array>;
  readonly keyring: Uint8Array;
  readonly armouredKeyring: string;
}

export async function makeArchive(
  release: { codename?: string; validUntil?: string; signer?: PrivateKey } = {},
): Promise<TestArchive> {
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: "Archive" }],
    format: "object",
    type: "curve25519",
  });
  const index = new Uint8Array(gzipSync(makeIndex()));
  const lines = [
    "Origin: Debian",
    `Codename: ${release.codename ?? "bookworm"}`,
    ...(release.validUntil === undefined ? [] : [`Valid-Until: ${release.validUntil}`]),
    "MD5Sum:",
    ` ${"0".repeat(32)} 1 main/binary-s390x/Packages.gz`,
    "SHA256:",
    ` ${sha256Of(index)} ${index.length} main/binary-s390x/Packages.gz`,
    "",
  ];
  const message = await createCleartextMessage({ text: lines.join("\n") });
  const inRelease = await sign({ message, signingKeys: release.signer ?? privateKey });
  return {
    files: new Map([
      ["dists/bookworm/InRelease", text(inRelease)],
      ["dists/bookworm/main/binary-s390x/Packages.gz", index],
      [poolPaths.kernel, kernelDeb],
      [poolPaths.busybox, busyboxDeb],
    ]),
    keyring: publicKey.write(),
    armouredKeyring: publicKey.armor(),
  };
}
