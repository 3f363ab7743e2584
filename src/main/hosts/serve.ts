/**
 * The page over HTTP, for a browser on this machine. Loopback by default; whoever has the token is the user.
 *
 *   socket opened (exact Host and Origin) ─▶ first message is the token ─▶ session
 *                                          ├▶ anything else: closed for good
 *                                          └▶ nothing in time: closed, to be tried again
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { limits } from "../contract.ts";
import { readPageFile, securityHeaders } from "../pageFiles.ts";
import { Session } from "../session.ts";
import type { Workbench } from "../services/workbench.ts";

export interface ServeOptions {
  readonly workbench: Workbench;
  readonly version: string;
  /** Folder with the built page. */
  readonly pageFolder: string;
  readonly address?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  readonly tokenMs?: number;
  readonly heartbeatMs?: number;
}

export interface Served {
  /** The page with the token in the fragment, which no browser sends anywhere. */
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  close(): Promise<void>;
}

const SOCKETS_MAX = 16;
const RPC_PATH = "/rpc";
/** Close codes of our own protocol; the page shows the sentence that comes with them. */
const closeCodes = { contract: 4400, token: 4401, late: 4408 } as const;

export async function serve(options: ServeOptions): Promise<Served> {
  const server = createServer({ maxHeaderSize: 16 * 2 ** 10, requestTimeout: 10_000 });
  await listen(server, options.port ?? 0, options.address ?? "127.0.0.1");
  const { port, address, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  const origin = `http://${host}`;
  const token = randomBytes(32).toString("base64url");
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
  });
  server.on("request", (request, response) => void answer(options.pageFolder, host, request, response));
  server.on("upgrade", (request, socket, head) => {
    const refusal = upgradeRefusal(request, host, origin, sockets.clients.size);
    if (refusal) return refuseUpgrade(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => admit(webSocket, token, options));
  });
  return {
    url: `${origin}/#token=${token}`,
    origin,
    token,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(
  folder: string,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, sentence: string): void => {
    response.writeHead(status, { ...securityHeaders, "Content-Type": "text/plain; charset=utf-8" });
    response.end(`${sentence}\n`);
  };
  // A name that was made to point here (DNS rebinding) shows in Host and nowhere else.
  if (request.headers.host !== host) return refuse(421, "This host is served under its own address only.");
  if (request.method !== "GET" && request.method !== "HEAD")
    return refuse(405, "Only GET and HEAD are allowed.");
  const file = await readPageFile(folder, (request.url ?? "/").split("?", 1)[0]!);
  if (!file) return refuse(404, "There is no such file.");
  response.writeHead(200, {
    ...securityHeaders,
    "Content-Type": file.type,
    "Content-Length": file.bytes.length,
  });
  response.end(request.method === "HEAD" ? undefined : file.bytes);
}

/** The status line that refuses an upgrade, or nothing. */
function upgradeRefusal(
  request: IncomingMessage,
  host: string,
  origin: string,
  open: number,
): string | undefined {
  if (request.headers.host !== host) return "421 Misdirected Request";
  if (request.headers.origin !== origin) return "403 Forbidden";
  if (request.url !== RPC_PATH) return "404 Not Found";
  if (open >= SOCKETS_MAX) return "503 Service Unavailable";
  return undefined;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function admit(socket: WebSocket, token: string, options: ServeOptions): void {
  let session: Session | undefined;
  const late = setTimeout(
    () => socket.close(closeCodes.late, "The token did not come in time."),
    options.tokenMs ?? 5_000,
  );
  const stopHeartbeat = startHeartbeat(socket, options.heartbeatMs ?? 15_000);
  socket.on("message", (data, isBinary) => {
    if (session) {
      if (isBinary) session.receive(asBytes(data));
      else session.end("Frames are binary.");
      return;
    }
    clearTimeout(late);
    if (isBinary || !isToken(asBytes(data), token))
      return socket.close(closeCodes.token, "The token is wrong. Open the address that the host printed.");
    session = openSession(socket, options);
    socket.send("ready");
  });
  socket.on("close", () => {
    clearTimeout(late);
    stopHeartbeat();
    session?.end("The page is gone.");
  });
  // `close` follows every error; what the socket says is of no use to anybody.
  socket.on("error", () => undefined);
}

function openSession(socket: WebSocket, options: ServeOptions): Session {
  return new Session({
    workbench: options.workbench,
    host: "serve",
    version: options.version,
    post: (frame) => socket.send(frame),
    queuedBytes: () => socket.bufferedAmount,
    close: (sentence) => socket.close(closeCodes.contract, sentence.slice(0, 120)),
  });
}

/** A peer that is gone without a word is found, and its session freed, within two beats. */
function startHeartbeat(socket: WebSocket, periodMs: number): () => void {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  const timer = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, periodMs);
  timer.unref();
  return () => clearInterval(timer);
}

const asBytes = (data: RawData): Uint8Array => {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
};

/** Digests have one length, so comparing them tells nothing about the token's own. */
function isToken(given: Uint8Array, token: string): boolean {
  const digest = (value: Uint8Array | string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(given), digest(token));
}
