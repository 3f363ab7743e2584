/** `latchwork doctor`: says whether this host can run machines, and what to do where it cannot. */
import { access, constants, mkdir, stat } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { dirname } from "node:path";
import type { Command } from "commander";
import { hasApt, hostApt } from "../guests/aptSource.ts";
import { formatBytes } from "../guests/hostileInput.ts";
import { hostKeyrings } from "../guests/mirrorSource.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

interface Finding {
  /** `broken` keeps machines from running; `note` does not. */
  readonly state: "fine" | "note" | "broken";
  readonly sentence: string;
}

/** A module whose only function calls itself in tail position. */
const tailCallModule = Uint8Array.of(
  0x00,
  0x61,
  0x73,
  0x6d,
  0x01,
  0x00,
  0x00,
  0x00,
  0x01,
  0x04,
  0x01,
  0x60,
  0x00,
  0x00,
  0x03,
  0x02,
  0x01,
  0x00,
  0x0a,
  0x06,
  0x01,
  0x04,
  0x00,
  0x12,
  0x00,
  0x0b,
);
/** Memory a Debian guest and the engine's code need together. */
const comfortableBytes = 1024 * 2 ** 20;

export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command("doctor")
    .description("check that this host can run machines")
    .action(async () => {
      const findings = [
        checkNode(),
        checkWebAssembly(),
        checkHost(),
        await checkWorker(context),
        await checkDataFolder(context.places.dataDir),
        await checkDebianSource(),
        ...(await checkGuests(context)),
      ];
      for (const { state, sentence } of findings)
        context.io.stdout.write(`${state.padEnd(6)}  ${sentence}\n`);
      if (findings.some(({ state }) => state === "broken"))
        throw new CommandEnd(exitCodes.failed, "Machines cannot run here until what is broken is mended.");
    });
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const sentence = `Node ${process.versions.node} on ${process.platform} ${process.arch}.`;
  if (major > 22 || (major === 22 && minor >= 14)) return { state: "fine", sentence };
  return {
    state: "broken",
    sentence: `${sentence} 22.14 or newer is needed; start with \`npm run latchwork\`, which brings its own.`,
  };
}

function checkWebAssembly(): Finding {
  return WebAssembly.validate(tailCallModule)
    ? { state: "fine", sentence: "WebAssembly with tail calls." }
    : {
        state: "broken",
        sentence: "WebAssembly has no tail calls here, which compiled guest code needs; use a newer Node.",
      };
}

function checkHost(): Finding {
  const memory = freemem();
  const sentence = `${availableParallelism()} processors, ${formatBytes(memory)} of memory free.`;
  return memory >= comfortableBytes
    ? { state: "fine", sentence }
    : { state: "note", sentence: `${sentence} A Debian guest wants ${formatBytes(comfortableBytes)}.` };
}

async function checkWorker({ places }: CliContext): Promise<Finding> {
  const isThere = await access(places.engineWorker).then(
    () => true,
    () => false,
  );
  return isThere
    ? { state: "fine", sentence: "The engine is there." }
    : {
        state: "broken",
        sentence: `The engine is missing at ${places.engineWorker.pathname}; build Latchwork again.`,
      };
}

async function checkDataFolder(folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { state: "fine", sentence: `Guests are kept in ${folder}.` };
  } catch (error) {
    return {
      state: "broken",
      sentence:
        `${folder} cannot be written (${(error as Error).message}); ` +
        "set LATCHWORK_DATA to another folder.",
    };
  }
}

async function checkDebianSource(): Promise<Finding> {
  if (await hasApt(hostApt))
    return { state: "fine", sentence: "Debian guests can be fetched with this host's apt." };
  for (const path of hostKeyrings) {
    const isThere = await stat(path).then(
      (file) => file.isFile(),
      () => false,
    );
    if (isThere)
      return { state: "note", sentence: `No apt here: fetch Debian guests with --mirror (keys: ${path}).` };
  }
  return {
    state: "note",
    sentence:
      `No apt and no Debian keys in ${dirname(hostKeyrings[0]!)}: ` +
      "fetch Debian guests with --mirror and --keyring.",
  };
}

async function checkGuests({ guests }: CliContext): Promise<Finding[]> {
  return (await guests.list()).map((guest) => ({
    state: guest.ready ? "fine" : "note",
    sentence: guest.ready ? `Guest ${guest.id} is ready.` : `Guest ${guest.id}: ${guest.missing}`,
  }));
}
