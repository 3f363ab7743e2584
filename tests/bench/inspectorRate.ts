/**
 * Measures the interrupt inspector on the endless FLIC storm in Chromium: updates a second of the panel, and
 * what the guest loses by it. The panel is shown and hidden in turn within one run; each look at it is
 * compared with the mean of those without it before and after, and the median is told, so that a busy host
 * weighs on both sides alike. What the engine does for the panel in its own thread is told apart, by
 * processor time, from what page and host take away where processors are few. What any program takes that is
 * as busy as the browser is measured with one (otherLoad.ts) and no panel. Nothing debugs the browser
 * meanwhile (ownBrowser.ts).
 *
 *   node tests/bench/inspectorRate.ts [--rounds N] [--seconds S] [--layout NAME]
 *
 * With a layout's name, all of its panels are shown: of "Interrupts" the timeline and its table, too.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "../../src/main/hosts/serve.ts";
import { buildApp, built } from "../kit/builtApp.ts";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { guestsWorkbench } from "../kit/guestsWorkbench.ts";
import { addProgram } from "../kit/userGuest.ts";
import { OwnBrowser } from "./ownBrowser.ts";
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
await buildApp();
const { workbench, dataDir } = await guestsWorkbench(async (guests) => {
  stormId = await addProgram(guests, "Endless storm", endlessStorm());
});
const served = await serve({ workbench, version: "0.1.0", pageFolder: built("renderer") });
const browser = new OwnBrowser(served.url);

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
  await browser.visit(async (hand) => {
    for (const command of commands[which]) await hand.run(command);
  });
  await pause(1500);
  const now = () => ({
    wall: performance.now() / 1000,
    engine: threadSeconds(engine),
    host: threadSeconds(String(process.pid)),
    browser: familySeconds(),
    instructions: workbench.machines.summaries()[0]!.stats!.instructions,
  });
  const before = now();
  await pause(seconds * 1000);
  const after = now();
  const took = after.wall - before.wall;
  const million = (after.instructions - before.instructions) / 1e6;
  const said = await browser.visit(({ page }) => page.getByTestId("as-of").allInnerTexts());
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
  await browser.visit(async (hand) => {
    await hand.page.waitForSelector("[data-guest]");
    await hand.start(stormId);
  });
  await pause(3000);
  const engine = busiestThread();
  const hidden = [await look("hidden", engine)];
  const shown: Look[] = [];
  const beside: Look[] = [];
  console.log(`hidden: ${told(hidden[0]!)}`);
  for (let round = 0; round < Number(values.rounds); round++) {
    shown.push(await look("shown", engine));
    beside.push(await lookBeside(shown.at(-1)!.browser, engine));
    hidden.push(await look("hidden", engine));
    for (const [name, looks] of Object.entries({ shown, beside, hidden }))
      console.log(`${name}: ${told(looks.at(-1)!)}`);
  }
  const slower = (looks: Look[], of: (look: Look) => number): string => {
    const shares = looks.map((look, round) => (2 * of(look)) / (of(hidden[round]!) + of(hidden[round + 1]!)));
    return `${((1 - median(shares)) * 100).toFixed(1)} %`;
  };
  const slowerBy = (looks: Look[]): string =>
    `${slower(looks, ({ mips }) => mips)} on the wall, ` +
    `${slower(looks, ({ mipsOfEngine }) => mipsOfEngine)} of its processor time`;
  console.log(
    `median: ${median(shown.map(({ updates }) => updates))} updates/s; the guest is slower by ` +
      `${slowerBy(shown)}; without the panel, beside a program as busy as the browser, ` +
      `by ${slowerBy(beside)}`,
  );
} finally {
  await browser.close();
  await served.close();
  await workbench.close();
  rmSync(dataDir, { recursive: true, force: true });
}
