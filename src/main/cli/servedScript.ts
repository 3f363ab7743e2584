/**
 * `script --serve` and `script --host URL`: the script runs in a server's host, against the machines there.
 * What it prints comes here; a signal here stops the script and nothing else of the server.
 */
import type { ScriptEnd, ScriptOutput } from "../../engine/api/script.ts";
import { connectHost } from "../hostConnection.ts";
import type { ServedAddress } from "../hosts/servedAddress.ts";
import { CommandEnd, exitCodes, type CliIo } from "./context.ts";
import type { FileLimits, ScriptText } from "./scriptFile.ts";

/** A script may print many short lines: not each is worth a message. */
const ACK_CHARACTERS = 64 * 1024;
/** Of a name in the server's traces. */
const NAME_MAX = 64;

const BROKEN: ScriptEnd = {
  kind: "failed", sentence: "The connection to the server broke, and the script ended with it.",
};

export async function runServedScript(
  address: ServedAddress, { name, source }: ScriptText, limits: FileLimits, io: CliIo, abort: AbortSignal,
): Promise<ScriptEnd> {
  let tellEnd: (end: ScriptEnd) => void = () => undefined;
  const ended = new Promise<ScriptEnd>((resolve) => { tellEnd = resolve; });
  let told = 0;
  const scriptOutput = ({ run, offset, stream, text }: ScriptOutput): void => {
    const end = offset + text.length;
    const written = (): void => {
      if (end - told < ACK_CHARACTERS) return;
      told = end;
      void host.ackScript({ run, offset: end }).catch(() => undefined);
    };
    (stream === "out" ? io.stdout : io.stderr).write(text, written);
  };
  const connected = await connectHost(address, { scriptOutput, scriptEnded: ({ end }) => tellEnd(end) });
  if (!connected.ok) throw new CommandEnd(exitCodes.failed, connected.error);
  const { host, closed, close } = connected.value;
  const { grants, memoryBytes, timeMs } = limits;
  const seconds = Math.ceil(timeMs / 1000);
  const file = name.replaceAll(/[\u0000-\u001f\u007f]/g, "").slice(-NAME_MAX);
  const request = { source, file, grants: [...grants], seconds, memoryBytes };
  const started = await host.runScript(request).catch(() => undefined);
  if (started && !started.ok) {
    close();
    throw new CommandEnd(exitCodes.failed, started.error);
  }
  const stop = (): void => {
    if (started) void host.stopScript({ run: started.value.run }).catch(() => undefined);
  };
  if (abort.aborted) stop();
  abort.addEventListener("abort", stop);
  const end = await Promise.race([ended, closed.then(() => BROKEN)]);
  close();
  return end;
}
