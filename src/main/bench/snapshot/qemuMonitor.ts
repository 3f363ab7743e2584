/**
 * QEMU's monitor over a socket: one command after the other, each answered with what it printed.
 * Source: QEMU, docs/interop/qmp-spec.rst. `savevm` and `loadvm` go through `human-monitor-command`.
 */
import { createConnection, type Socket } from "node:net";
import { ok, refuse, type Result } from "../../../engine/base/result.ts";

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

const CONNECT_MS = 10_000;
const RETRY_MS = 20;

export class QemuMonitor {
  private readonly socket: Socket;
  private waiting: ((reply: Result<string, string>) => void)[] = [];

  /** QEMU makes the socket a moment after it starts: waits for it. */
  static async connect(path: string): Promise<Result<QemuMonitor, string>> {
    for (const end = performance.now() + CONNECT_MS; ;) {
      const socket = createConnection(path);
      const error = await new Promise<Error | undefined>((resolve) => {
        socket.once("connect", () => resolve(undefined));
        socket.once("error", resolve);
      });
      if (!error) {
        const monitor = new QemuMonitor(socket);
        const agreed = await monitor.ask({ execute: "qmp_capabilities" });
        return agreed.ok ? ok(monitor) : agreed;
      }
      if (performance.now() > end) return refuse(`QEMU's monitor does not answer: ${error.message}.`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    let rest = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.take(JSON.parse(line) as Reply);
    });
    const gone = (): void => {
      for (const tell of this.waiting.splice(0)) tell(refuse("QEMU's monitor is gone."));
    };
    socket.on("close", gone);
    socket.on("error", gone);
  }

  private take(reply: Reply): void {
    if (reply.error) this.waiting.shift()?.(refuse(`QEMU: ${reply.error.desc}`));
    else if ("return" in reply)
      this.waiting.shift()?.(ok(typeof reply.return === "string" ? reply.return : ""));
  }

  private ask(request: object): Promise<Result<string, string>> {
    if (this.socket.destroyed) return Promise.resolve(refuse("QEMU's monitor is gone."));
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  /** A command as a person types it; refuses with what it prints: where all is well, nothing. */
  async command(line: string): Promise<Result<void, string>> {
    const said = await this.ask({ execute: "human-monitor-command", arguments: { "command-line": line } });
    if (!said.ok) return said;
    const words = said.value.trim();
    return words === "" ? ok(undefined) : refuse(`QEMU, to ${line}: ${words}`);
  }

  close(): void {
    this.socket.destroy();
  }
}
