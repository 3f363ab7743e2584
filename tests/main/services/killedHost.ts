/** A host in a process of its own, with machines on and one saved, that ends without a word. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const hostProcess = fileURLToPath(new URL("./hostProcess.ts", import.meta.url));

/** Runs it until it is ready, looks at it, and kills it. */
export async function killedHost(dataDir: string, look: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [hostProcess, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", () => reject(new Error("The host ended before it was ready.")));
  });
  child.removeAllListeners("close");
  const ended = new Promise((resolve) => child.once("close", resolve));
  await look();
  child.kill("SIGKILL");
  await ended;
}
