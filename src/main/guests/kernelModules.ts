/**
 * Reads what kernel modules say about themselves, and writes the lists that modprobe asks for.
 * Sources: System V ABI (ELF64 sections); Linux include/linux/module.h (".modinfo"); modules.dep(5).
 * Invariant: a module is listed only if everything it depends on is there too.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";

export interface KernelModule {
  /** The kernel's name for it: underscores, never dashes. */
  readonly name: string;
  /** Path below lib/modules/<release>. */
  readonly path: string;
  readonly depends: readonly string[];
  readonly aliases: readonly string[];
  readonly bytes: Uint8Array;
}

const sectionsMax = 1024;

/** Kernel modules are told apart by file name: `kernel/drivers/block/virtio_blk.ko` is `virtio_blk`. */
export const moduleName = (path: string): string =>
  path.replace(/^.*\//, "").replace(/\.ko$/, "").replaceAll("-", "_");

/** The module in an uncompressed ELF64 big-endian `.ko` file. */
export function readKernelModule(path: string, bytes: Uint8Array): Result<KernelModule, string> {
  const info = readModinfo(bytes);
  if (info === undefined)
    return refuse(`${path} is no big-endian ELF64 kernel module with a .modinfo section.`);
  const depends = info
    .filter((line) => line.startsWith("depends="))
    .flatMap((line) => line.slice(8).split(","));
  return ok({
    name: moduleName(path),
    path,
    depends: depends.filter((name) => name !== "").map((name) => name.replaceAll("-", "_")),
    aliases: info.filter((line) => line.startsWith("alias=")).map((line) => line.slice(6)),
    bytes,
  });
}

function readModinfo(bytes: Uint8Array): string[] | undefined {
  if (bytes.length < 64 || String.fromCharCode(...bytes.subarray(0, 6)) !== "\x7fELF\x02\x02")
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tableAt = Number(view.getBigUint64(40));
  const count = view.getUint16(60);
  if (view.getUint16(58) !== 64 || count > sectionsMax || tableAt + count * 64 > bytes.length)
    return undefined;
  const section = (index: number): { name: number; bytes: Uint8Array } | undefined => {
    const at = tableAt + index * 64;
    if (index >= count) return undefined;
    const offset = Number(view.getBigUint64(at + 24));
    const size = Number(view.getBigUint64(at + 32));
    // A section without file contents (SHT_NOBITS) may name any place.
    if (offset + size > bytes.length) return { name: view.getUint32(at), bytes: new Uint8Array(0) };
    return { name: view.getUint32(at), bytes: bytes.subarray(offset, offset + size) };
  };
  const names = section(view.getUint16(62));
  if (names === undefined) return undefined;
  for (let i = 0; i < count; i++) {
    const candidate = section(i)!;
    const name = new TextDecoder().decode(names.bytes.subarray(candidate.name, candidate.name + 9));
    if (name === ".modinfo\0")
      return new TextDecoder()
        .decode(candidate.bytes)
        .split("\0")
        .filter((line) => line !== "");
  }
  return undefined;
}

/** `wanted` and all they depend on, each after its dependencies. One that lacks a dependency is left out. */
export function selectModules(all: readonly KernelModule[], wanted: readonly string[]): KernelModule[] {
  const byName = new Map(all.map((module) => [module.name, module]));
  const chosen = new Map<string, KernelModule>();
  const take = (name: string, above: readonly string[]): boolean => {
    if (chosen.has(name)) return true;
    const module = byName.get(name);
    if (module === undefined || above.includes(name)) return false;
    if (!module.depends.every((dependency) => take(dependency, [...above, name]))) return false;
    chosen.set(name, module);
    return true;
  };
  for (const name of wanted) take(name, []);
  return [...chosen.values()];
}

/** The text of modules.dep: a module, then what must be loaded before it, nearest first. */
export function modulesDep(modules: readonly KernelModule[]): string {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const closure = (module: KernelModule): string[] =>
    module.depends.flatMap((name) => [byName.get(name)!.path, ...closure(byName.get(name)!)]);
  return modules.map((module) => [`${module.path}:`, ...new Set(closure(module))].join(" ") + "\n").join("");
}

/** The text of modules.alias. */
export function modulesAlias(modules: readonly KernelModule[]): string {
  return modules
    .flatMap((module) => module.aliases.map((alias) => `alias ${alias} ${module.name}\n`))
    .join("");
}
