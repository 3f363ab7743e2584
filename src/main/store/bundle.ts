/**
 * One snapshot as one file, to take elsewhere.
 *
 *   0  8 bytes   "LWSNAP1" and a newline
 *   8  u32       bytes of the manifest, little-endian
 *  12  32 bytes  SHA-256 of the manifest
 *  44  manifest  JSON: the snapshot's fields, and length and SHA-256 of each part
 *      parts     in the manifest's order
 *
 * Invariant: every byte of a file is covered by a hash or compared, so whatever happened to it is told; and
 * nothing is stored before all of it was checked.
 */
import * as v from "valibot";
import type { PageSet, SnapshotSummary } from "../../engine/api/snapshot.ts";
import { decodeSections } from "../../engine/snapshot/sections.ts";
import { objectionOf } from "../shapeObjection.ts";
import { compress, decompress, sha256 } from "./frames.ts";
import type { NewSnapshot, Snapshots, StoredMachine } from "./snapshots.ts";
import { parseStartConfig } from "./startConfig.ts";
import { unwatched } from "./work.ts";

const MAGIC = Buffer.from("LWSNAP1\n", "latin1");
const HEADER_BYTES = 44;
const MANIFEST_BYTES_MAX = 2 ** 20;
const PART_BYTES_MAX = 2 ** 31 - 1;

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const part = v.strictObject({
  name: v.picklist([
    "state",
    "kernel",
    "initrd",
    "disk",
    "memory-pages",
    "memory-bytes",
    "disk-pages",
    "disk-bytes",
  ]),
  packedBytes: count,
  bytes: v.pipe(count, v.maxValue(PART_BYTES_MAX)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
const manifestSchema = v.strictObject({
  guest: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)),
  title: text(200),
  note: text(1000),
  createdMs: count,
  instructions: count,
  virtualSeconds: v.number(),
  pauseMs: v.number(),
  console: text(65536),
  config: text(65536),
  parts: v.pipe(v.array(part), v.maxLength(8)),
});
type PartName = v.InferOutput<typeof part>["name"];

export function exportBundle({ summary, config, images, saved }: StoredMachine): Uint8Array<ArrayBuffer> {
  const words = (list: Uint32Array): Uint8Array =>
    new Uint8Array(list.buffer, list.byteOffset, list.byteLength);
  const contents: [PartName, Uint8Array | undefined][] = [
    ["state", saved.state],
    ["kernel", images.kernel],
    ["initrd", images.initrd],
    ["disk", images.disk],
    ["memory-pages", words(saved.memory.numbers)],
    ["memory-bytes", saved.memory.bytes],
    ["disk-pages", saved.disk && words(saved.disk.numbers)],
    ["disk-bytes", saved.disk?.bytes],
  ];
  const packed = contents.flatMap(([name, bytes]) => (bytes ? [{ name, bytes, data: compress(bytes) }] : []));
  const { guest, title, note, createdMs, instructions, virtualSeconds, pauseMs, console } = summary;
  const manifest = Buffer.from(
    JSON.stringify({
      guest,
      title,
      note,
      createdMs,
      instructions,
      virtualSeconds,
      pauseMs,
      console,
      config: JSON.stringify(config),
      parts: packed.map(({ name, bytes, data }) => ({
        name,
        packedBytes: data.length,
        bytes: bytes.length,
        sha256: sha256(data).toString("hex"),
      })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(manifest.length);
  const whole = Buffer.concat([MAGIC, length, sha256(manifest), manifest, ...packed.map(({ data }) => data)]);
  return new Uint8Array(whole.buffer as ArrayBuffer, whole.byteOffset, whole.length);
}

/** Throws a sentence for a file that is not exactly what `exportBundle` made. */
export function readBundle(file: Uint8Array): NewSnapshot {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC))
    throw new Error("This is no exported snapshot: it does not begin with LWSNAP1.");
  const length = bytes.readUInt32LE(8);
  const end = HEADER_BYTES + length;
  if (length > MANIFEST_BYTES_MAX || end > bytes.length)
    throw new Error("The file is cut off, or damaged at its start.");
  const json = bytes.subarray(HEADER_BYTES, end);
  if (!sha256(json).equals(bytes.subarray(12, HEADER_BYTES)))
    throw new Error("The file is damaged: the hash of its description has changed.");
  const manifest = v.safeParse(manifestSchema, JSON.parse(json.toString("utf8")));
  if (!manifest.success) throw new Error(`The file describes no snapshot: ${objectionOf(manifest.issues)}.`);
  return assemble(manifest.output, partsOf(manifest.output.parts, bytes, end));
}

function partsOf(
  described: readonly v.InferOutput<typeof part>[],
  file: Buffer,
  start: number,
): Map<PartName, Uint8Array<ArrayBuffer>> {
  const parts = new Map<PartName, Uint8Array<ArrayBuffer>>();
  let at = start;
  for (const { name, packedBytes, bytes, sha256: hash } of described) {
    const data = file.subarray(at, at + packedBytes);
    at += packedBytes;
    if (parts.has(name) || data.length !== packedBytes || sha256(data).toString("hex") !== hash)
      throw new Error(`The file is damaged or cut off: its part ${name} has changed.`);
    const plain = decompress(data, Math.max(1, bytes), `part ${name}`);
    if (plain.length !== bytes) throw new Error(`The file is damaged: its part ${name} has another length.`);
    parts.set(name, plain);
  }
  if (at !== file.length)
    throw new Error(`${file.length - at} bytes follow the end of the file's last part.`);
  return parts;
}

function assemble(
  manifest: v.InferOutput<typeof manifestSchema>,
  parts: Map<PartName, Uint8Array<ArrayBuffer>>,
): NewSnapshot {
  const need = (name: PartName): Uint8Array<ArrayBuffer> => {
    const found = parts.get(name);
    if (!found) throw new Error(`The file has no part ${name}.`);
    return found;
  };
  const config = parseStartConfig(manifest.config);
  if (!config.ok) throw new Error(`The file describes no machine: ${config.error}.`);
  const sections = decodeSections(need("state"));
  if (!sections.ok) throw new Error(sections.error);
  const [initrd, disk] = [parts.get("initrd"), parts.get("disk")];
  const pages = (storage: "memory" | "disk", order: PageSet["order"]): PageSet => {
    const [list, bytes] = [need(`${storage}-pages`), need(`${storage}-bytes`)];
    if (bytes.length !== (list.length / 4) * 4096)
      throw new Error(`The file's ${storage} pages are incomplete.`);
    return { numbers: new Uint32Array(list.slice().buffer), bytes, zeros: new Uint32Array(0), order };
  };
  const { guest, title, note, createdMs, instructions, virtualSeconds, pauseMs } = manifest;
  return {
    guest,
    title,
    note,
    createdMs,
    console: Buffer.from(manifest.console),
    parent: null,
    config: config.value,
    images: { kernel: need("kernel"), ...(initrd && { initrd }), ...(disk && { disk }) },
    captured: {
      state: need("state"),
      memory: pages("memory", "descending"),
      ...(disk && { disk: pages("disk", "ascending") }),
      isWhole: true,
      instructions,
      virtualSeconds,
      pauseMs,
    },
  };
}

export const importBundle = async (
  snapshots: Snapshots, file: Uint8Array, work = unwatched,
): Promise<SnapshotSummary> => snapshots.save(readBundle(file), work);
