/** What a hostile guest can do to the window: its name, and escape sequences that reach beyond a console. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consoleProgram } from "../engine/machine/bareMachine.ts";
import { eventually } from "../kit/eventually.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

const NAME = `<img src=x onerror="document.title='run'"><b>bold</b>`;
const esc = "\\033";
const sequences = [
  // The clipboard, set and asked for.
  `${esc}]52;c;c3RvbGVu\\007`, `${esc}]52;c;?\\007`,
  // Title and icon of the window, and reports of them, which would type for the person.
  `${esc}]0;stolen title\\007`, `${esc}]2;stolen title${esc}\\134`, `${esc}[21t`, `${esc}[20t`,
  // Links of schemes that run something.
  `${esc}]8;;javascript:document.title=1${esc}\\134link one${esc}]8;;${esc}\\134`,
  `${esc}]8;;file:///etc/passwd${esc}\\134link two${esc}]8;;${esc}\\134`,
  // One that asks first: what the others are held against.
  `${esc}]8;;https://example.org/${esc}\\134link three${esc}]8;;${esc}\\134`,
  // Size and place of the window.
  `${esc}[8;2;2t`, `${esc}[3;0;0t`, `${esc}[2t`,
];
const bytes = (text: string): string =>
  [...text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))]
    .map((character) => character.charCodeAt(0))
    .join(",");
const printing = sequences.map((_, n) => `
        larl    %r2,text${n}
        lghi    %r3,end${n}-text${n}
        brasl   %r14,append
        SEND`).join("");
const data = sequences.map((text, n) => `text${n}: .byte ${bytes(text)}\nend${n}: .align 2`).join("\n");
const program = consoleProgram(`${printing}
        PRINT   "still here"
        brasl   %r14,read_key
        j       stop_self
secondary: j    stop_self
        .align  2
${data}
        .align  2
`);

describe.skipIf(!existsSync(chromium))(`a hostile guest${chromiumMissing}`, () => {
  let driver: WindowDriver;

  beforeAll(async () => {
    let id = "";
    driver = await WindowDriver.openGuests(async (guests) => {
      id = await addProgram(guests, NAME, program, 1);
    });
    await driver.page.evaluate(() => navigator.clipboard.writeText("mine"));
    await driver.select(id);
    await driver.command("machine.run");
    await driver.shows("still here");
  });
  afterAll(() => driver?.close());

  it("is called what it is called, and nothing of that is markup", async () => {
    const { page } = driver;
    expect(await page.locator("img, .machine-list b").count()).toBe(0);
    expect(await page.title()).toBe(`${NAME} – Latchwork`);
  });

  it("neither sets nor reads the clipboard", async () => {
    expect(await driver.page.evaluate(() => navigator.clipboard.readText())).toBe("mine");
  });

  it("gets no report typed, and waits for a person's key", async () => {
    await driver.state("Running");
    expect(await driver.screen()).not.toContain("stolen");
  });

  it("opens nothing and goes nowhere by its links", async () => {
    const { page } = driver;
    let asked = 0;
    page.on("dialog", (dialog) => {
      asked++;
      void dialog.dismiss();
    });
    const before = page.url();
    const click = async (name: string): Promise<void> => {
      const row = await page.locator(".xterm-rows > div", { hasText: name }).boundingBox();
      await page.mouse.move(row!.x + 12, row!.y + 6);
      await page.mouse.move(row!.x + 20, row!.y + 6);
      await page.keyboard.down("Control");
      await page.mouse.click(row!.x + 20, row!.y + 6);
      await page.keyboard.up("Control");
      await page.mouse.click(row!.x + 20, row!.y + 6);
    };
    await click("link one");
    await click("link two");
    expect(asked).toBe(0);
    await click("link three");
    await eventually("a question about the link", () => asked > 0);
    expect(page.url()).toBe(before);
    expect(page.context().pages()).toHaveLength(1);
    expect(await page.title()).toContain("Latchwork");
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
