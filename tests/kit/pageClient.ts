/**
 * A page without a browser: speaks the serve host's protocol over a WebSocket and writes down what it is
 * told.
 */
import { createBirpc, type BirpcReturn } from "birpc";
import { WebSocket } from "ws";
import { decodeFrame, encodeFrame } from "../../src/engine/api/frame.ts";
import type { ScriptEnd, ScriptOutput } from "../../src/engine/api/script.ts";
import type { DeviceReport } from "../../src/engine/api/deviceSession.ts";
import type { SnapshotSummary } from "../../src/engine/api/snapshot.ts";
import type { SnapshotTask } from "../../src/engine/api/snapshotCalls.ts";
import type {
  ConsoleChunk,
  FetchState,
  HostCalls,
  LeftMachine,
  MachineSummary,
  PageCalls,
} from "../../src/engine/api/workbench.ts";
import type { Served } from "../../src/main/hosts/serve.ts";

export class PageClient {
  readonly socket: WebSocket;
  readonly host: BirpcReturn<HostCalls, PageCalls>;
  readonly chunks: ConsoleChunk[] = [];
  readonly machines = new Map<string, MachineSummary>();
  readonly fetches: { id: string; state?: FetchState }[] = [];
  readonly refusals: string[] = [];
  readonly devices: DeviceReport[] = [];
  readonly trees: (readonly SnapshotSummary[])[] = [];
  readonly tasks: SnapshotTask[] = [];
  readonly settings: { key: string; value?: string }[] = [];
  readonly output: ScriptOutput[] = [];
  readonly left: (readonly LeftMachine[])[] = [];
  readonly ends: ScriptEnd[] = [];
  closed: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.host = createBirpc<HostCalls, PageCalls>(
      {
        guestsChanged: () => undefined,
        machineChanged: (machine) => void this.machines.set(machine.id, machine),
        consoleOutput: (chunk) => void this.chunks.push(chunk),
        leftChanged: (left) => void this.left.push(left),
        machineRefused: ({ sentence }) => void this.refusals.push(sentence),
        fetchChanged: (change) => void this.fetches.push(change),
        devicesChanged: (report) => void this.devices.push(report),
        snapshotsChanged: (tree) => void this.trees.push(tree),
        snapshotTask: (task) => void this.tasks.push(task),
        scriptOutput: (output) => void this.output.push(output),
        scriptEnded: ({ end }) => void this.ends.push(end),
        settingChanged: (change) => void this.settings.push(change),
      },
      {
        post: (frame: Uint8Array) => socket.send(frame),
        on: (receive) => void socket.on("message", (data, isBinary) => isBinary && receive(data)),
        serialize: encodeFrame,
        deserialize: decodeFrame,
        timeout: 120_000,
      },
    );
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.host.$close();
    });
  }

  static async open(served: Served): Promise<PageClient> {
    const socket = await openSocket(served);
    socket.send(served.token);
    await new Promise((resolve) => socket.once("message", resolve));
    return new PageClient(socket);
  }

  /** All output received, wherever the chunks were cut. */
  text(id: string): string {
    const chunks = this.chunks.filter((chunk) => chunk.id === id);
    return Buffer.concat(chunks.map((chunk) => chunk.bytes)).toString();
  }

  type(id: string, text: string) {
    return this.host.sendConsole({ id, bytes: new TextEncoder().encode(text) });
  }
}

/** Rejects with the status of the answer where the upgrade is refused. */
export function openSocket(
  served: Pick<Served, "origin">,
  changes: { path?: string; headers?: object } = {},
) {
  const url = `${served.origin.replace("http", "ws")}${changes.path ?? "/rpc"}`;
  const socket = new WebSocket(url, { headers: { ...(changes.headers ?? { origin: served.origin }) } });
  return new Promise<WebSocket>((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
