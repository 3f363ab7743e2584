/**
 * Guests on disk: `guests/<id>/guest.json` beside the files it names.
 * Invariant: `guest.json` is replaced by rename only, after the files it names are complete on disk, so
 * whatever moment the process dies at, a guest is as it was before or as it is to be.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { objectionToSize } from "../../engine/api/machineLimits.ts";
import { assert } from "../../engine/base/assert.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { objectionOf } from "../shapeObjection.ts";
import { fileSize, sha256Of } from "./fileHash.ts";

const fileRecord = v.strictObject({
  file: v.pipe(v.string(), v.regex(/^(?:kernel|initrd)-[0-9a-f]{16}$/)),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
const guestRecord = v.strictObject({
  version: v.literal(1),
  title: v.string(),
  description: v.string(),
  kernel: fileRecord,
  initrd: v.optional(fileRecord),
  commandLine: v.string(),
  memoryBytes: v.number(),
  cpus: v.number(),
});

export type GuestRecord = v.InferOutput<typeof guestRecord>;
export type GuestFields = Pick<GuestRecord, "title" | "description" | "commandLine" | "memoryBytes" | "cpus">;
export interface GuestImages {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
}

const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;
const recordName = "guest.json";
/** A record is a few lines; more is none of ours. */
const recordBytesMax = 0x1_0000;

export class GuestStore {
  private readonly folder: string;

  constructor(dataDir: string) {
    this.folder = join(dataDir, "guests");
  }

  /** Ids with a record, in alphabetical order. */
  async ids(): Promise<string[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => idPattern.test(name));
    const sizes = await Promise.all(names.map((name) => fileSize(join(this.folder, name, recordName))));
    return names.filter((_, i) => sizes[i]! > 0).sort();
  }

  /** The guest's record, if it and the files it names are there. */
  async read(id: string): Promise<Result<GuestRecord, string>> {
    if (!idPattern.test(id)) return refuse(`"${id}" is no guest's name; see the list of guests.`);
    const path = join(this.folder, id, recordName);
    const size = await fileSize(path);
    if (size === 0) return refuse(`There is no guest "${id}"; see the list of guests.`);
    if (size > recordBytesMax)
      return refuse(`${path} has ${size} bytes and is no guest record; remove the guest.`);
    const record = v.safeParse(guestRecord, parseJson(await readFile(path, "utf8")));
    if (!record.success)
      return refuse(`${path} is damaged (${objectionOf(record.issues)}); remove the guest and add it again.`);
    const objection = objectionToSize(record.output.memoryBytes, record.output.cpus);
    if (objection !== undefined) return refuse(`${path} is damaged: ${objection}`);
    for (const file of [record.output.kernel, record.output.initrd])
      if (file !== undefined && (await fileSize(join(this.folder, id, file.file))) !== file.bytes)
        return refuse(
          `The file ${file.file} of guest "${id}" is missing or has another size; ` +
            "fetch or add the guest again.",
        );
    return ok(record.output);
  }

  /** The files of a guest, checked against its record. */
  async images(id: string, record: GuestRecord): Promise<Result<GuestImages, string>> {
    const images: Uint8Array[] = [];
    for (const file of [record.kernel, record.initrd]) {
      if (file === undefined) continue;
      const bytes = await readFile(join(this.folder, id, file.file)).catch(() => new Uint8Array(0));
      if (sha256Of(bytes) !== file.sha256)
        return refuse(
          `The file ${file.file} of guest "${id}" is damaged: its hash has changed. ` +
            "Fetch or add the guest again.",
        );
      images.push(new Uint8Array(bytes));
    }
    const [kernel, initrd] = images;
    return ok({ kernel: kernel!, ...(initrd === undefined ? {} : { initrd }) });
  }

  /** Stores a guest, replacing one of the same id in one step. */
  async write(id: string, fields: GuestFields, images: GuestImages): Promise<GuestRecord> {
    assert(idPattern.test(id), `guest id ${id}`);
    const folder = join(this.folder, id);
    await mkdir(folder, { recursive: true });
    const kernel = await this.writeImage(folder, "kernel", images.kernel);
    const initrd =
      images.initrd === undefined ? undefined : await this.writeImage(folder, "initrd", images.initrd);
    const { title, description, commandLine, memoryBytes, cpus } = fields;
    const record: GuestRecord = {
      version: 1,
      title,
      description,
      kernel,
      ...(initrd === undefined ? {} : { initrd }),
      commandLine,
      memoryBytes,
      cpus,
    };
    await writeWhole(
      folder,
      recordName,
      new TextEncoder().encode(`${JSON.stringify(record, undefined, 2)}\n`),
    );
    const kept = new Set([recordName, kernel.file, initrd?.file]);
    for (const name of await readdir(folder))
      if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    return record;
  }

  /** Takes an id that no folder has: `base`, `base-2`, … */
  async claim(base: string): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    for (let i = 1; ; i++) {
      const id = i === 1 ? base : `${base}-${i}`;
      assert(idPattern.test(id), `guest id ${id}`);
      // mkdir is the claim: of two processes only one succeeds.
      const isOurs = await mkdir(join(this.folder, id)).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      if (isOurs) return id;
    }
  }

  async remove(id: string): Promise<Result<void, string>> {
    if (!idPattern.test(id)) return refuse(`"${id}" is no guest's name; see the list of guests.`);
    const folder = join(this.folder, id);
    const isThere = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!isThere) return refuse(`There is no guest "${id}"; see the list of guests.`);
    // Without its record the guest is gone; what remains of a death in between is swept by the next write.
    await unlink(join(folder, recordName)).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    return ok(undefined);
  }

  private async writeImage(
    folder: string,
    kind: "kernel" | "initrd",
    bytes: Uint8Array,
  ): Promise<GuestRecord["kernel"]> {
    const sha256 = sha256Of(bytes);
    const file = `${kind}-${sha256.slice(0, 16)}`;
    await writeWhole(folder, file, bytes);
    return { file, bytes: bytes.length, sha256 };
  }
}

/** Writes a file under another name, brings it to the disk, then gives it its name. */
async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${name}.${randomBytes(6).toString("hex")}.new`);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
