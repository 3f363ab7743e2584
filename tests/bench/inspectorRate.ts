/**
 * Measures the interrupt inspector on the endless FLIC storm in Chromium: updates a second of the panel, and
 * what the guest loses by it. The panel is shown and hidden in turn within one run, and the medians are
 * compared, so that a busy host weighs on both sides alike; what the engine does for the panel in its own
 * thread is told apart, by processor time, from what page and host take away where processors are few. What
 * any program takes that is as busy as the browser is measured with one (otherLoad.ts) and no panel.
 *
 *   node tests/bench/inspectorRate.ts [--rounds N] [--seconds S] [--layout NAME]
 *
 * With a layout's name, all of its panels are shown: of "Interrupts" the timeline and its table, too.
 */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";
import { busiestThread, familySeconds, threadSeconds } from "./processorTime.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    layout: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;

let stormId = "";
const driver = await WindowDriver.openGuests(async (guests) => {
  stormId = await addProgram(guests, "Endless storm", endlessStorm());
});

interface Look {
  /** Million instructions in a second on the wall, and in a second of the engine thread's processor time. */
  readonly mips: number;
  readonly mipsOfEngine: number;
  readonly updates: number;
  /** Processor seconds in a second on the wall. */
  readonly host: number;
  readonly browser: number;
}

/** The commands that show the panel alone beside the console, or a whole layout; and the console alone. */
const commands = {
  shown: values.layout === undefined ? ["layout.Console", "panel.flic"] : [`layout.${values.layout}`],
  hidden: ["layout.Console"],
};

async function look(which: keyof typeof commands, engine: string): Promise<Look> {
  for (const command of commands[which]) await driver.run(command);
  await pause(1500);
  const now = () => ({
    wall: performance.now() / 1000,
    engine: threadSeconds(engine),
    host: threadSeconds(String(process.pid)),
    browser: familySeconds(),
    instructions: driver.workbench.machines.summaries()[0]!.stats!.instructions,
  });
  const before = now();
  await pause(seconds * 1000);
  const after = now();
  const took = after.wall - before.wall;
  const million = (after.instructions - before.instructions) / 1e6;
  const said = await driver.page.getByTestId("as-of").allInnerTexts();
  return {
    mips: million / took,
    mipsOfEngine: million / (after.engine - before.engine),
    updates: Number(/live, (\d+)/.exec(said.at(-1) ?? "")?.[1] ?? 0),
    host: (after.host - before.host) / took,
    browser: (after.browser - before.browser) / took,
  };
}

/** The panel hidden, and beside the guest a program that takes as much of a processor. */
async function lookBeside(share: number, engine: string): Promise<Look> {
  const program = fileURLToPath(new URL("otherLoad.ts", import.meta.url));
  const other = spawn(process.execPath, [program, String(share)], { stdio: "inherit" });
  try {
    return await look("hidden", engine);
  } finally {
    other.kill();
  }
}

const told = ({ mips, mipsOfEngine, updates, host, browser }: Look): string =>
  `${mips.toFixed(2)} MIPS, ${mipsOfEngine.toFixed(2)} of the engine's processor time, ` +
  `${updates} updates/s, ` +
  `host ${(host * 100).toFixed(0)} %, browser ${(browser * 100).toFixed(0)} % of a processor`;

try {
  await driver.select(stormId);
  await driver.command("machine.run");
  await driver.state("Running");
  await pause(3000);
  const engine = busiestThread();
  const shown: Look[] = [];
  const hidden: Look[] = [];
  const beside: Look[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    hidden.push(await look("hidden", engine));
    shown.push(await look("shown", engine));
    beside.push(await lookBeside(shown.at(-1)!.browser, engine));
    for (const [name, looks] of Object.entries({ hidden, shown, beside }))
      console.log(`${name}: ${told(looks.at(-1)!)}`);
  }
  const slower = (looks: Look[], of: (look: Look) => number): string =>
    `${((1 - median(looks.map(of)) / median(hidden.map(of))) * 100).toFixed(1)} %`;
  const slowerBy = (looks: Look[]): string =>
    `${slower(looks, ({ mips }) => mips)} on the wall, ` +
    `${slower(looks, ({ mipsOfEngine }) => mipsOfEngine)} of its processor time`;
  console.log(
    `median: ${median(shown.map(({ updates }) => updates))} updates/s; the guest is slower by ` +
      `${slowerBy(shown)}; without the panel, beside a program as busy as the browser, ` +
      `by ${slowerBy(beside)}`,
  );
} finally {
  await driver.close();
}
