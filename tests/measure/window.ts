/**
 * `npm run bench -- window [--minutes N] [--images FOLDER]`: the window in Chromium with real guests.
 * On a machine with other work the figures are those of the machine; the load is printed with them.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { debianGuestId } from "../../src/main/guests/debianGuest.ts";
import { copyDebian, debianMissing } from "../kit/debianGuest.ts";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";
import { echoMs, framesOf, heapBytes, median, usefulPaintMs } from "./pageProbes.ts";

const FRAME_SECONDS = 10;
const MEBIBYTE = 2 ** 20;
const say = (name: string, value: string, target: string): void =>
  console.log(`${name.padEnd(44)} ${value.padEnd(34)} ${target}`);
const ms = (value: number): string => `${value.toFixed(0)} ms`;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { minutes: { type: "string", default: "1" }, images: { type: "string" } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`"${values.minutes}" is no number of minutes above 0.`);

if (debianMissing) throw new Error(`There is no Debian guest; fetch it: guests fetch ${debianGuestId}.`);
let stormId = "";
const driver = await WindowDriver.openGuests(async (guests, dataDir) => {
  copyDebian(dataDir);
  stormId = await addProgram(guests, "Endless storm", endlessStorm());
});
const { page } = driver;
try {
  console.log(`load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
  const paints: number[] = [];
  for (let n = 0; n < 6; n++) paints.push(await usefulPaintMs(page, driver.served.url));
  say("first useful paint, warm, median of 5", ms(median(paints.slice(1))), "≤ 1000 ms");

  await driver.start(debianGuestId);
  await driver.shows("GUEST-READY");
  await driver.typeLine("PS1='> '");
  if (values.images !== undefined) await takeImages(values.images);
  await page.locator(".xterm-helper-textarea").focus();
  const idle = await echoMs(page, "the quick brown fox jumps over the lazy dog");
  say("typing echo in Debian's shell, median", ms(median(idle)), "≤ 50 ms");
  await page.keyboard.press("Enter");

  await driver.run("layout.Two machines");
  await driver.start(stormId);
  await page.locator("[data-isc='0']").first().waitFor();
  const beside = page.getByLabel("Second console");
  await beside.locator(".xterm-rows").waitFor();
  await beside.locator(".xterm-helper-textarea").focus();
  const besideStorm = await echoMs(page, "the quick brown fox jumps over the lazy dog");
  say("typing echo beside the FLIC storm, median", ms(median(besideStorm)), "≤ 50 ms");
  await page.keyboard.press("Enter");
  await page.keyboard.type("while :; do cat /proc/interrupts; done\n");
  const { asked, drawn, unchanged, missed, gap99Ms } = await framesOf(page, FRAME_SECONDS);
  say("both guests busy on screen: frames a second", `${asked.toFixed(1)} asked`, "60");
  say("  drawn; nothing had changed", `${drawn.toFixed(1)}; ${unchanged.toFixed(1)}`, "");
  say("  missed, with something to draw", missed.toFixed(1), "0");
  say("both guests busy on screen: 99 % within", ms(gap99Ms), "");
  await steadyHeap();
} finally {
  await driver.close();
}

/** Both guests run on; a heap that grows shows as a slope between the first and the last third. */
async function steadyHeap(): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const heaps: number[] = [];
  const samples = Math.max(9, Math.round(minutes * 4));
  for (let n = 0; n < samples; n++) {
    await new Promise((resolve) => setTimeout(resolve, (minutes * 60_000) / samples));
    heaps.push(await heapBytes(session));
  }
  const third = Math.floor(samples / 3);
  const early = median(heaps.slice(0, third));
  const late = median(heaps.slice(-third));
  const value = `${(early / MEBIBYTE).toFixed(1)} → ${(late / MEBIBYTE).toFixed(1)} MiB`;
  say(`heap over ${minutes} min with both guests busy`, value, "steady");
  say("memory of the host's process", `${(process.memoryUsage().rss / MEBIBYTE).toFixed(0)} MiB`, "");
}

/** The pictures of README and of a review: Debian at its shell, in the layout that shows most. */
async function takeImages(folder: string): Promise<void> {
  const shots = [["Debug", 2560, 1440], ["Debug", 1280, 800], ["Interrupts", 1280, 800]] as const;
  for (const [layout, width, height] of shots) {
    await page.setViewportSize({ width, height });
    await driver.run(`layout.${layout}`);
    if (layout === "Debug") await page.keyboard.press("F6");
    await page.locator("[data-register='r15'], [data-isc='7']").first().waitFor();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(folder, `${layout.toLowerCase()}-${width}x${height}.png`) });
    if (layout === "Debug") await page.keyboard.press("F5");
  }
  await driver.run("layout.Console");
  await page.locator(".xterm-helper-textarea").focus();
}
