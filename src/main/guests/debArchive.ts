/**
 * Unpacks a Debian binary package. Source: deb(5).
 * Invariant: bounded at every layer (ar, compression, tar); a damaged package is refused whole.
 */
import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { readAr } from "./ar.ts";
import { formatBytes, limits } from "./hostileInput.ts";
import { readTar, type TarEntry } from "./tar.ts";
import { unpackXz } from "./xz.ts";

/** The files and links of a package whose path (`boot/vmlinuz-…`) `wanted` accepts. */
export async function unpackDeb(
  deb: Uint8Array,
  wanted: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<Result<TarEntry[], string>> {
  const members = readAr(deb);
  if (!members.ok) return members;
  const [version] = members.value;
  if (version?.name !== "debian-binary" || !new TextDecoder().decode(version.bytes).startsWith("2."))
    return refuse("The file is no Debian package of format 2: its first member is not debian-binary 2.x.");
  const data = members.value.find((member) => member.name.startsWith("data.tar"));
  if (data === undefined) return refuse("The Debian package has no data.tar member; it is incomplete.");
  const tar = await unpackStream(data.name, data.bytes, limits.unpackedBytes, signal);
  return tar.ok ? readTar(tar.value, wanted) : tar;
}

/** Undoes the compression that a file name's ending says: .xz, .gz, .zst, or none. */
export async function unpackStream(
  name: string,
  bytes: Uint8Array,
  bytesMax: number,
  signal?: AbortSignal,
): Promise<Result<Uint8Array, string>> {
  const ending = /\.(xz|gz|zst|bz2|lzma|lz4)$/.exec(name)?.[1];
  if (ending === undefined) return ok(bytes);
  if (ending === "xz") return unpackXz(bytes, { bytesMax, ...(signal === undefined ? {} : { signal }) });
  if (ending !== "gz" && ending !== "zst")
    return refuse(`${name} is compressed with ${ending}; xz, gz, zst and none are understood.`);
  try {
    const unpack = ending === "gz" ? promisify(gunzip) : promisify(zstdDecompress);
    const { buffer, byteOffset, length } = await unpack(bytes, { maxOutputLength: bytesMax });
    return ok(new Uint8Array(buffer, byteOffset, length));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(`${name} could not be unpacked to at most ${formatBytes(bytesMax)}: ${reason}.`);
  }
}
