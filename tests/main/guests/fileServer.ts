/** An HTTP server over a map of files, with ranges, that can be told to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FileServer {
  readonly url: string;
  /** Every request as `path` or `path@start`. */
  readonly requests: string[];
  /** Cuts the next response that is longer than this after so many bytes. */
  cutAfter: number | undefined;
  /** Answers as a server that has never heard of ranges. */
  ignoresRanges: boolean;
  /** Sends headers and half a body, then nothing more; resolves when a request has come to that point. */
  hang: { reached(): void } | undefined;
  close(): Promise<void>;
}

export async function serveFiles(files: ReadonlyMap<string, Uint8Array>): Promise<FileServer> {
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: [],
    cutAfter: undefined,
    ignoresRanges: false,
    hang: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!.slice(1));
    const start = state.ignoresRanges
      ? 0
      : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    state.requests.push(start > 0 ? `${path}@${start}` : path);
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    const body = file.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": body.length,
      ...(start > 0 ? { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
    });
    if (state.hang !== undefined)
      return void response.write(body.subarray(0, body.length >> 1), () => state.hang?.reached());
    if (state.cutAfter === undefined || body.length <= state.cutAfter) return void response.end(body);
    response.write(body.subarray(0, state.cutAfter), () => response.destroy());
    state.cutAfter = undefined;
  }
  return state;
}
