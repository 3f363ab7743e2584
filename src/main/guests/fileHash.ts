/** Size and SHA-256 of files: a file is what its signed index says, or it is not used. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** What a signed index says about a file. */
export interface FileDigest {
  readonly bytes: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export async function fileMatches(path: string, digest: FileDigest): Promise<boolean> {
  if ((await fileSize(path)) !== digest.bytes) return false;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex") === digest.sha256;
}

/** Bytes of a file, or 0 where there is none. */
export async function fileSize(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
