/**
 * Downloads files over HTTP, going on where a broken download ended. Source: RFC 9110, chapter 14 (ranges).
 * Invariant: a file gets its final name only with the size and hash it must have; what has not is
 * `<name>.partial`.
 */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { cancelled } from "./childProcess.ts";
import { fileMatches, fileSize, type FileDigest } from "./fileHash.ts";
import { formatBytes } from "./hostileInput.ts";

export interface HttpOptions {
  readonly signal: AbortSignal;
  /** Called with the bytes present so far. */
  onBytes?(bytes: number): void;
  /** How long a server may send nothing. */
  readonly stallMs?: number;
}

const stallMsDefault = 60_000;
/** Progress is told in steps of this many bytes. */
const progressBytes = 0x4_0000;

/** Downloads `url` to `file`. Nothing is asked for if the file is complete already. */
export async function downloadFile(
  url: string,
  file: string,
  digest: FileDigest,
  options: HttpOptions,
): Promise<Result<void, string>> {
  if (await fileMatches(file, digest)) return ok(undefined);
  const partial = `${file}.partial`;
  const resumed = (await fileSize(partial)) > 0;
  let transferred = await transfer(url, partial, digest.bytes, options);
  if (!transferred.ok) return transferred;
  // What an earlier, broken download left may be of another file: once more, from the start.
  if (resumed && !(await fileMatches(partial, digest))) {
    await rm(partial, { force: true });
    transferred = await transfer(url, partial, digest.bytes, options);
    if (!transferred.ok) return transferred;
  }
  if (!(await fileMatches(partial, digest))) {
    const bytes = await fileSize(partial);
    await rm(partial, { force: true });
    return refuse(
      `${url} is not the file its signed index describes (${bytes} of ${digest.bytes} bytes, ` +
        "or another hash); it was deleted.",
    );
  }
  await rename(partial, file);
  return ok(undefined);
}

/** The body of a small file of unknown size, at most `bytesMax`. */
export async function downloadBytes(
  url: string,
  bytesMax: number,
  options: HttpOptions,
): Promise<Result<Uint8Array, string>> {
  const chunks: Uint8Array[] = [];
  const done = await receive(url, {}, options, async (response, chunksOf) => {
    if (response.status !== 200) return refuse(statusSentence(url, response));
    let bytes = 0;
    for await (const chunk of chunksOf) {
      bytes += chunk.length;
      if (bytes > bytesMax)
        return refuse(`${url} has more than ${formatBytes(bytesMax)}; it was not read further.`);
      chunks.push(chunk);
      options.onBytes?.(bytes);
    }
    return ok(undefined);
  });
  return done.ok ? ok(new Uint8Array(Buffer.concat(chunks))) : done;
}

/** Brings `partial` to `total` bytes, or as far as the connection holds. */
async function transfer(
  url: string,
  partial: string,
  total: number,
  options: HttpOptions,
): Promise<Result<void, string>> {
  let have = await fileSize(partial);
  if (have > total) {
    await rm(partial, { force: true });
    have = 0;
  }
  if (have === total) return ok(undefined);
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  return receive(url, headers, options, async (response, chunks) => {
    const goesOn =
      response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`) === true;
    if (!goesOn && response.status !== 200) return refuse(statusSentence(url, response));
    // A server that does not know ranges sends the whole file again.
    const file = await open(partial, goesOn ? "a" : "w");
    try {
      return await writeChunks(url, file, chunks, goesOn ? have : 0, total, options);
    } finally {
      await file.close();
    }
  });
}

async function writeChunks(
  url: string,
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  have: number,
  total: number,
  options: HttpOptions,
): Promise<Result<void, string>> {
  let bytes = have;
  let told = have - progressBytes;
  for await (const chunk of chunks) {
    if (bytes + chunk.length > total)
      return refuse(
        `${url} is longer than the ${total} bytes its signed index states; it was not read further.`,
      );
    await file.writeFile(chunk);
    bytes += chunk.length;
    if (bytes - told < progressBytes && bytes < total) continue;
    told = bytes;
    options.onBytes?.(bytes);
  }
  if (bytes < total)
    return refuse(`${url} ended after ${bytes} of ${total} bytes; fetch again to go on from there.`);
  return ok(undefined);
}

/** Makes one request; turns every way a connection can fail into a sentence. */
async function receive(
  url: string,
  headers: Record<string, string>,
  options: HttpOptions,
  take: (response: Response, chunks: AsyncIterable<Uint8Array>) => Promise<Result<void, string>>,
): Promise<Result<void, string>> {
  if (options.signal.aborted) return refuse(cancelled);
  const stallMs = options.stallMs ?? stallMsDefault;
  const stalled = new AbortController();
  const stall = setTimeout(() => stalled.abort(), stallMs);
  try {
    // The bytes are hashed as they lie on the server, so nothing may compress them on the way.
    const response = await fetch(url, {
      headers: { ...headers, "accept-encoding": "identity" },
      signal: AbortSignal.any([options.signal, stalled.signal]),
    });
    const result = await take(
      response,
      awake(response, () => stall.refresh()),
    );
    if (!result.ok) await response.body?.cancel().catch(() => undefined);
    return result;
  } catch (error) {
    if (options.signal.aborted) return refuse(cancelled);
    if (stalled.signal.aborted)
      return refuse(`${url} sent nothing for ${Math.round(stallMs / 1000)} s; fetch again to go on.`);
    return refuse(`${url} could not be read: ${causeOf(error)}. Fetch again to go on from where it ended.`);
  } finally {
    clearTimeout(stall);
  }
}

async function* awake(response: Response, onChunk: () => void): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    onChunk();
    yield chunk;
  }
}

const statusSentence = (url: string, response: Response): string =>
  `${url} was answered with ${response.status} ${response.statusText}; check the address of the mirror.`;

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
