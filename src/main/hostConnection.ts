/** A connection to a `serve` that runs on this machine, with the same contract as a page. */
import { createBirpc, type BirpcReturn } from "birpc";
import { WebSocket, type RawData } from "ws";
import { decodeFrame, encodeFrame } from "../engine/api/frame.ts";
import type { HostCalls, PageCalls } from "../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../engine/base/result.ts";
import type { ServedAddress } from "./hosts/servedAddress.ts";

const OPEN_MS = 5_000;

export interface HostConnection {
  readonly host: BirpcReturn<HostCalls, PageCalls>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** `page`: what the caller wants to be told; the rest is heard and dropped. */
export async function connectHost(
  { origin, token }: ServedAddress,
  page: Partial<PageCalls> = {},
): Promise<Result<HostConnection, string>> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/rpc`, {
    headers: { origin },
    handshakeTimeout: OPEN_MS,
  });
  const isReady = await new Promise<boolean>((resolve) => {
    socket.once("open", () => socket.send(token));
    socket.once("message", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
  if (!isReady) {
    socket.terminate();
    return refuse(`${origin} is no server of this program any more. Start \`latchwork serve\` again.`);
  }
  const host = createBirpc<HostCalls, PageCalls>(page as PageCalls, {
    post: (frame: Uint8Array) => socket.send(frame),
    on: (receive) =>
      void socket.on("message", (data: RawData, isBinary) => {
        if (isBinary) receive(data);
      }),
    serialize: encodeFrame,
    deserialize: decodeFrame,
    onGeneralError: () => true,
    timeout: -1,
  });
  const closed = new Promise<void>((resolve) => { socket.once("close", () => resolve()); });
  void closed.then(() => host.$close());
  socket.on("error", () => undefined);
  return ok({ host, closed, close: () => socket.close() });
}
