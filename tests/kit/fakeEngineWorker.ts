/**
 * A worker that keeps the engine's contract and computes nothing: its console echoes what is typed. Words in
 * the command line and lines typed at the console make it misbehave on purpose:
 *   boot words   refuse | throw | exit | deaf (takes its time to power off)
 *   typed lines  throw | exit | hang | off | panic | flood <bytes>
 */
import { parentPort } from "node:worker_threads";
import type {
  MachineConfig,
  MachineEvent,
  MachineRequest,
  MachineState,
} from "../../src/engine/api/machine.ts";
import { noInterrupts } from "./noInterrupts.ts";

const port = parentPort!;
const post = (event: MachineEvent): void => port.postMessage(event);
const print = (text: string): void => post({ type: "console", bytes: new TextEncoder().encode(text) });

let config: MachineConfig | undefined;
let state: MachineState = "stopped";
let instructions = 0;
let line = "";
let progress: NodeJS.Timeout | undefined;

function setState(next: MachineState): void {
  state = next;
  post({ type: "state", state });
}

function stats() {
  instructions += state === "running" ? 3_141_592 : 0;
  return {
    instructions,
    interpretedInstructions: instructions / 10,
    wallSeconds: instructions / 4e8,
    mips: 412.6,
    recentMips: state === "running" ? 412.6 : 0,
    regionsCompiled: 1204,
    compileSeconds: 0.4,
    deviceSeconds: 0.1,
    idleSeconds: 1.5,
    traceHash: "0123456789abcdef",
    virtualSeconds: instructions / 1e9,
    memoryBytes: config?.memoryBytes ?? 0,
    interrupts: noInterrupts,
  };
}

function boot(next: MachineConfig): void {
  config = next;
  const words = next.commandLine.split(" ");
  if (words.includes("refuse"))
    return post({ type: "refused", sentence: "The kernel is not an s390x image." });
  if (words.includes("throw")) throw new Error("planted at boot");
  if (words.includes("exit")) process.exit(7);
  setState("running");
  print(`Linux version 6.1.0 (fake)\r\nKernel command line: ${next.commandLine}\r\n/ # `);
  progress = setInterval(() => post({ type: "progress", stats: stats() }), 250);
}

function runLine(typed: string): void {
  const [word, argument] = typed.split(" ");
  if (word === "throw") throw new Error("planted by the guest");
  if (word === "exit") process.exit(9);
  if (word === "hang") for (;;);
  if (word === "off") return powerOff();
  if (word === "panic")
    return post({
      type: "state",
      state: "crashed",
      reason: {
        kind: "crashed",
        sentence: "The guest waits for ever.",
        pswMask: "0002000180000000",
        pswAddress: "000000000000dead",
      },
    });
  if (word === "flood") print("0123456789abcd\r\n".repeat(Math.ceil(Number(argument) / 16)));
  else if (typed !== "") print(`${typed}: not found\r\n`);
  print("/ # ");
}

function type(bytes: Uint8Array): void {
  for (const character of new TextDecoder().decode(bytes)) {
    if (character === "\r" || character === "\n") {
      print("\r\n");
      const typed = line;
      line = "";
      runLine(typed);
    } else if (character === "\u007f") {
      if (line !== "") print("\b \b");
      line = line.slice(0, -1);
    } else {
      line += character;
      print(character);
    }
  }
}

function powerOff(): void {
  clearInterval(progress);
  post({ type: "state", state: "stopped", reason: { kind: "powered-off" } });
}

port.on("message", (request: MachineRequest) => {
  if (request.type === "start") boot(request.config);
  else if (request.type === "pause") setState("paused");
  else if (request.type === "resume") setState("running");
  else if (request.type === "reset") boot(config!);
  else if (request.type === "power-off") {
    if (!config?.commandLine.includes("deaf")) powerOff();
  }
  else if (request.type === "console-input") type(request.bytes);
  else if (request.type === "stats") post({ type: "stats", id: request.id, stats: stats() });
});
