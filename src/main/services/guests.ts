/**
 * The guests a machine can be started with: built in, fetched from Debian, or added by the user.
 * Every host offers the same service. Errors are sentences: what came, what is allowed, what follows.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MachineConfig } from "../../engine/api/machine.ts";
import { objectionToSize } from "../../engine/api/machineLimits.ts";
import type { FetchProgress, GuestSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { fetchWithApt, hasApt, hostApt, type AptHost } from "../guests/aptSource.ts";
import { assembleBuiltin, readBuiltins, type BuiltinGuest } from "../guests/builtinGuests.ts";
import { cancelled } from "../guests/childProcess.ts";
import { buildDebianGuest, debianGuestId } from "../guests/debianGuest.ts";
import { GuestStore, type GuestFields, type GuestRecord } from "../guests/guestStore.ts";
import { formatBytes, limits } from "../guests/hostileInput.ts";
import { fetchFromMirror } from "../guests/mirrorSource.ts";
import type { FetchContext, FetchedPackages } from "../guests/packageSource.ts";

export type { FetchProgress, GuestSummary };

export interface GuestsOptions {
  /** Where guests are kept; made when first needed. */
  readonly dataDir: string;
  /** The program's own resources; holds `guests/`. */
  readonly resourcesDir: string;
  /** The host's apt, unless a test names another. */
  readonly apt?: AptHost;
}

export interface FetchOptions {
  /** A Debian mirror to use in place of the host's apt. */
  readonly mirror?: string;
  /** OpenPGP keys that may sign the mirror, in place of the host's Debian archive keys. */
  readonly keyring?: string;
}

interface GuestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A guest that a person adds. */
export interface GuestSpec {
  readonly title: string;
  readonly kernel: GuestFile;
  readonly initrd?: GuestFile;
  readonly commandLine: string;
  readonly memoryBytes: number;
  readonly cpus: number;
}

const debianFields: GuestFields = {
  title: "Debian 12 (s390x)",
  description: "Debian's Linux 6.1 for s390x with a busybox shell on the console.",
  commandLine: "",
  memoryBytes: 512 * 2 ** 20,
  cpus: 1,
};
const debianMissing = "Its kernel and busybox are not on this machine yet; fetch them (about 32 MiB).";
const titleCharactersMax = 80;
const commandLineMax = 4095;

export class GuestsService {
  private readonly options: GuestsOptions;
  private readonly store: GuestStore;

  constructor(options: GuestsOptions) {
    this.options = options;
    this.store = new GuestStore(options.dataDir);
  }

  async list(): Promise<GuestSummary[]> {
    const builtins = (await readBuiltins(this.options.resourcesDir)).map(summarizeBuiltin);
    const debian = await this.summarize(debianGuestId);
    const users = (await this.store.ids()).filter(
      (id) => id !== debianGuestId && !builtins.some((guest) => guest.id === id),
    );
    return [...builtins, debian, ...(await Promise.all(users.map((id) => this.summarize(id))))];
  }

  /** Downloads what the guest is made of. A cancel or a failure keeps what is there for the next call. */
  async fetch(
    id: string,
    onProgress: (progress: FetchProgress) => void,
    signal: AbortSignal,
    options: FetchOptions = {},
  ): Promise<Result<GuestSummary, string>> {
    if (id !== debianGuestId)
      return refuse(`"${id}" is nothing to fetch; only ${debianGuestId} can be fetched.`);
    const context: FetchContext = { folder: join(this.options.dataDir, "downloads", id), signal, onProgress };
    try {
      await mkdir(context.folder, { recursive: true });
      const packages = await this.fetchPackages(options, context);
      if (!packages.ok) return packages;
      const images = await buildDebianGuest(packages.value, this.options.resourcesDir, context);
      if (!images.ok) return images;
      if (signal.aborted) return refuse(cancelled);
      const description = `${debianFields.description} Kernel ${images.value.kernelRelease}.`;
      await this.store.write(id, { ...debianFields, description }, images.value);
      await rm(context.folder, { recursive: true, force: true });
      return ok(await this.summarize(id));
    } catch (error) {
      return refuse(`${id} could not be fetched: ${describe(error)}.`);
    }
  }

  async add(spec: GuestSpec): Promise<Result<GuestSummary, string>> {
    const checked = checkSpec(spec);
    if (!checked.ok) return checked;
    try {
      const id = await this.store.claim(`user-${slugOf(spec.title)}`);
      const { title, commandLine, memoryBytes, cpus } = spec;
      const files =
        spec.initrd === undefined ? spec.kernel.name : `${spec.kernel.name} with ${spec.initrd.name}`;
      await this.store.write(
        id,
        { title: title.trim(), description: `Added by you: ${files}.`, commandLine, memoryBytes, cpus },
        { kernel: spec.kernel.bytes, ...(spec.initrd === undefined ? {} : { initrd: spec.initrd.bytes }) },
      );
      return ok(await this.summarize(id));
    } catch (error) {
      return refuse(`The guest could not be stored: ${describe(error)}.`);
    }
  }

  /** Deletes a guest's files. A Debian guest stays in the list and can be fetched again. */
  async remove(id: string): Promise<Result<void, string>> {
    const builtins = await readBuiltins(this.options.resourcesDir);
    if (builtins.some((guest) => guest.id === id))
      return refuse(`"${id}" is built in and cannot be removed.`);
    try {
      return await this.store.remove(id);
    } catch (error) {
      return refuse(`"${id}" could not be removed: ${describe(error)}.`);
    }
  }

  /** What a worker needs to start the guest. */
  async machineConfig(
    id: string,
    overrides: Partial<MachineConfig> = {},
  ): Promise<Result<MachineConfig, string>> {
    const base = await this.baseConfig(id);
    if (!base.ok) return base;
    const config: MachineConfig = {
      board: "s390-ccw",
      seed: 1,
      interpreterOnly: false,
      pace: "wall",
      trace: false,
      ...base.value,
      ...overrides,
    };
    const objection = objectionToSize(config.memoryBytes, config.cpus);
    return objection === undefined ? ok(config) : refuse(objection);
  }

  private async baseConfig(
    id: string,
  ): Promise<
    Result<
      Pick<
        MachineConfig,
        "kernel" | "initrd" | "commandLine" | "memoryBytes" | "cpus" | "demoAdapters" | "ap"
      >,
      string
    >
  > {
    const builtin = (await readBuiltins(this.options.resourcesDir)).find((guest) => guest.id === id);
    if (builtin !== undefined) {
      const kernel = await assembleBuiltin(this.options.resourcesDir, builtin);
      if (!kernel.ok) return kernel;
      return ok({
        kernel: kernel.value,
        commandLine: "",
        memoryBytes: builtin.memoryBytes,
        cpus: builtin.cpus,
        ...(builtin.adapters === undefined ? {} : { demoAdapters: builtin.adapters }),
        ...(builtin.ap === undefined ? {} : { ap: builtin.ap }),
      });
    }
    const record = await this.store.read(id);
    if (!record.ok)
      return id === debianGuestId && !(await this.isStored(id))
        ? refuse(`${debianFields.title}: ${debianMissing}`)
        : record;
    const images = await this.store.images(id, record.value);
    if (!images.ok) return images;
    const { commandLine, memoryBytes, cpus } = record.value;
    return ok({ ...images.value, commandLine, memoryBytes, cpus });
  }

  private async fetchPackages(
    options: FetchOptions,
    context: FetchContext,
  ): Promise<Result<FetchedPackages, string>> {
    const { mirror, keyring } = options;
    if (mirror !== undefined)
      return fetchFromMirror({ mirror, ...(keyring === undefined ? {} : { keyring }) }, context);
    const apt = this.options.apt ?? hostApt;
    if (await hasApt(apt)) return fetchWithApt(apt, context);
    return refuse(
      "This host has no apt, so a Debian mirror must be named: fetch with --mirror and its address.",
    );
  }

  private async isStored(id: string): Promise<boolean> {
    return (await this.store.ids()).includes(id);
  }

  private async summarize(id: string): Promise<GuestSummary> {
    const record = await this.store.read(id);
    const kind = id === debianGuestId ? "debian" : "user";
    if (record.ok) return summarizeRecord(id, kind, record.value);
    const isMissing = kind === "debian" && !(await this.isStored(id));
    const fields =
      kind === "debian"
        ? debianFields
        : { ...debianFields, title: id, description: "Its record cannot be read." };
    const { title, description, memoryBytes, cpus } = fields;
    return {
      id,
      title,
      kind,
      description,
      ready: false,
      memoryBytes,
      cpus,
      missing: isMissing ? debianMissing : record.error,
    };
  }
}

function summarizeRecord(id: string, kind: GuestSummary["kind"], record: GuestRecord): GuestSummary {
  const { title, description, memoryBytes, cpus } = record;
  return { id, title, kind, description, ready: true, memoryBytes, cpus };
}

function summarizeBuiltin({ id, title, description, memoryBytes, cpus, fault }: BuiltinGuest): GuestSummary {
  const summary = { id, title, kind: "builtin", description, memoryBytes, cpus } as const;
  return fault === undefined ? { ...summary, ready: true } : { ...summary, ready: false, missing: fault };
}

function checkSpec(spec: GuestSpec): Result<void, string> {
  const title = spec.title.trim();
  if (title === "" || title.length > titleCharactersMax)
    return refuse(`The title has ${title.length} characters; 1 to ${titleCharactersMax} are allowed.`);
  const objection = objectionToSize(spec.memoryBytes, spec.cpus);
  if (objection !== undefined) return refuse(objection);
  if (!/^[\t\x20-\x7e]*$/.test(spec.commandLine) || spec.commandLine.length > commandLineMax)
    return refuse(`The command line must be printable ASCII of at most ${commandLineMax} characters.`);
  for (const file of [spec.kernel, spec.initrd]) {
    if (file === undefined) continue;
    if (file.bytes.length === 0) return refuse(`"${file.name}" is empty; choose another file.`);
    const bytesMax = Math.min(limits.userFileBytes, spec.memoryBytes);
    if (file.bytes.length > bytesMax)
      return refuse(
        `"${file.name}" has ${formatBytes(file.bytes.length)}; ` +
          `this machine takes up to ${formatBytes(bytesMax)}.`,
      );
  }
  if (!isGuestImage(spec.kernel.bytes))
    return refuse(
      `"${spec.kernel.name}" is neither a raw s390x Linux image nor a big-endian s390 ELF64 file; ` +
        "choose another file.",
    );
  return ok(undefined);
}

/** Only the marks are looked at; the engine's loader checks the rest when the machine starts. */
function isGuestImage(bytes: Uint8Array): boolean {
  const text = (at: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  return (
    text(0x10008, 6) === "S390EP" || (text(0, 6) === "\x7fELF\x02\x02" && bytes[18] === 0 && bytes[19] === 22)
  );
}

/** Lower-case letters, digits and dashes of a title: part of a folder's name. */
function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "guest" : slug;
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
