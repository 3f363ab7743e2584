/** Watchpoints and breakpoints in the window: by keyboard, in two windows, after a reload. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consoleProgram } from "../engine/machine/bareMachine.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

/** Counts in a register and in storage, for as long as it is let. */
const counting = consoleProgram(`
        lghi    %r2,0
        lgfi    %r6,0x300000
loop:   aghi    %r2,1
        stg     %r2,0(%r6)
        j       loop
secondary: j    stop_self
`);

describe.skipIf(!existsSync(chromium))(`watchpoints in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;
  let page: Page;
  const stoppedBy = (text: RegExp) => page.getByTestId("stopped-by").getByText(text);

  beforeAll(async () => {
    let id = "";
    driver = await WindowDriver.openGuests(async (guests) => {
      id = await addProgram(guests, "Counting", counting);
    });
    page = driver.page;
    await driver.select(id);
    await driver.run("layout.Debug");
    await driver.command("machine.run");
    await driver.state("Running");
    await page.keyboard.press("F6");
    await driver.state("Paused");
  });
  afterAll(() => driver?.close());

  it("stop when a register changes, set by W where the arrows led", async () => {
    await page.locator("[data-register='r0'] .value").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.locator("[data-register='r2'] .value").focus();
    await page.keyboard.press("w");
    await page.locator("[data-register='r2'] .watched").waitFor();
    await page.keyboard.press("F5");
    await stoppedBy(/r2 of vCPU 0: changed from [0-9a-f]+ to [0-9a-f]+ by the instruction at/).waitFor();
    await driver.state("Paused");
    await page.locator("[data-register='r2'] .value").focus();
    await page.keyboard.press("w");
    await page.locator("[data-register='r2'] .watched").waitFor({ state: "detached" });
  });

  it("stop when storage changes, set in memory, whose rows say where they lie", async () => {
    await page.getByLabel("Show an address").fill("300000");
    await page.getByLabel("Show an address").press("Enter");
    const row = page.locator("[data-row='0000000000300000']");
    await row.locator("[data-absolute]", { hasText: "00300000" }).waitFor();
    await page.getByRole("grid", { name: "Bytes" }).focus();
    await page.keyboard.press("w");
    await row.locator(".watched").first().waitFor();
    expect(await row.locator(".watched").count()).toBe(8);
    await page.keyboard.press("F5");
    await stoppedBy(/virtual 00300000, 8 bytes: changed from/).waitFor();
    await row.locator(".changed").first().waitFor();
  });

  it("are listed, shown again after a reload, and in a second window", async () => {
    await page.locator(`.line[data-next]`).click();
    await page.keyboard.press("F9");
    await driver.run("panel.stops");
    const lines = (of: Page) =>
      of.getByRole("list", { name: "Where the machine stops" }).locator("[data-line]");
    await lines(page).nth(1).waitFor();
    // The host keeps the layout a moment after it was changed.
    await expect
      .poll(async () => Object.values(await driver.workbench.settings.all()).join())
      .toContain('"activeView":"stops"');
    const second = await page.context().newPage();
    await second.goto(driver.served.url);
    await lines(second).nth(1).waitFor();
    await page.reload();
    await lines(page).nth(1).waitFor();
    expect(await lines(page).allInnerTexts()).toEqual(await lines(second).allInnerTexts());
    await lines(second).first().focus();
    await second.keyboard.press("Delete");
    await lines(page).nth(1).waitFor({ state: "detached" });
    await second.close();
  });

  it("lead to the instruction that wrote", async () => {
    await page.getByRole("button", { name: "Show the writer" }).click();
    await page.locator(".line[aria-selected='true']", { hasText: "stg %r2,0(%r6)" }).waitFor();
  });

  it("are offered by the menu of a value, with copies of it", async () => {
    await page.locator("[data-register='r6'] .value").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Copy as hex" }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe("0x0000000000300000");
    await page.locator("[data-register='r6'] .value").click({ button: "right" });
    await page.getByRole("menuitem", { name: /Break when it changes/ }).click();
    await page.locator("[data-register='r6'] .watched").waitFor();
  });

  it("refuse what the machine does not have, in a sentence", async () => {
    await driver.run("panel.stops");
    await page.getByLabel("Kind of address to watch").selectOption("absolute");
    await page.getByLabel("Address to watch", { exact: true }).fill("1000000");
    await page.getByRole("button", { name: "Watch", exact: true }).click();
    await page.getByText("storage ends at 0x1000000").waitFor();
    await page.getByLabel("Address to watch", { exact: true }).fill("zz");
    await page.getByRole("button", { name: "Watch", exact: true }).click();
    await page.getByText("is not 1 to 16 hex digits").waitFor();
  });

  it("raise no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
