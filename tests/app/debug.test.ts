/** Registers, disassembly and memory of a real guest, as a person debugs it in the window. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { consoleProgram } from "../engine/machine/bareMachine.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

/** Counts for as long as it is let. */
const endless = consoleProgram("lghi %r2,0\n1: aghi %r2,1\n j 1b\nsecondary: j stop_self\n");

describe.skipIf(!existsSync(chromium))(`the debugger in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;
  let guest: string;
  const register = (name: string) => driver.page.locator(`[data-register="${name}"] .value`);
  /** Without the sign that it changed. */
  const value = async (name: string): Promise<string> =>
    (await register(name).innerText()).replace(/[▸◦]/, "").trim();

  beforeAll(async () => {
    driver = await WindowDriver.openGuests(async (guests) => {
      guest = await addProgram(guests, "Endless", endless);
    });
  });
  afterAll(() => driver?.close());

  it("says what would be there before the guest runs, and follows it when it does", async () => {
    await driver.select(guest);
    await driver.run("layout.Debug");
    await driver.page.getByText("The registers of Endless show here").waitFor();
    await driver.command("machine.run");
    await driver.state("Running");
    await driver.page
      .getByText(/live, \d+ a second/)
      .first()
      .waitFor();
  });

  it("pauses, steps, and marks what changed", async () => {
    await driver.page.keyboard.press("F6");
    await driver.state("Paused");
    await driver.page
      .getByText(/paused at i = /)
      .first()
      .waitFor();
    const before = await value("pswAddress");
    await driver.page.keyboard.press("F11");
    await driver.page.waitForFunction(
      (address) =>
        !document.querySelector("[data-register='pswAddress'] .value")?.textContent.includes(address),
      before,
    );
    expect(await driver.page.locator("[data-register='pswAddress'].stepped").count()).toBe(1);
    const line = driver.page.locator(".line[data-next]");
    await driver.page.waitForFunction(
      () => document.querySelector(".line[data-next]")?.getAttribute("data-address") !== null,
    );
    expect(await line.getAttribute("data-address")).toBe(await value("pswAddress"));
  });

  it("shows each subclass of control register 6 as its bit, which a click turns", async () => {
    await register("c6").dblclick();
    const field = driver.page.locator("[data-register='c6'] input");
    await field.fill("00000000a5000000");
    await field.press("Enter");
    await register("c6").getByText("00000000a5000000").waitFor();
    const bits = driver.page.getByLabel("Registers", { exact: true }).locator("[data-isc]");
    const shown = (await bits.allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
    expect(shown).toEqual([..."10100101"].map((bit, isc) => `ISC ${isc} ${bit}`));
    await bits.nth(1).click();
    await register("c6").getByText("00000000e5000000").waitFor();
  });

  it("changes a register and refuses what it cannot hold", async () => {
    await register("r9").dblclick();
    const field = driver.page.locator("[data-register='r9'] input");
    await field.fill("xyz");
    await field.press("Enter");
    await driver.page.getByText("cannot be taken").waitFor();
    await field.fill("0123456789abcdef");
    await field.press("Enter");
    await driver.page.waitForFunction(() =>
      document.querySelector("[data-register='r9'] .value")?.textContent.includes("0123456789abcdef"),
    );
  });

  it("shows memory, changes it, finds it again and follows a pointer", async () => {
    const { page } = driver;
    await page.getByLabel("Kind of address").selectOption("absolute");
    await page.getByLabel("Show an address").fill("3ff000");
    await page.getByLabel("Show an address").press("Enter");
    await page.locator("[data-row='00000000003ff000']").waitFor();
    await page.getByRole("grid", { name: "Bytes" }).focus();
    await page.keyboard.type("00000000003ff100");
    await page.waitForFunction(() =>
      document.querySelector("[data-row='00000000003ff000']")?.textContent.includes("00000000003ff100"),
    );
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.locator("[data-row='00000000003ff100']").waitFor();
    await page.getByLabel("Show an address").fill("3fe000");
    await page.getByLabel("Show an address").press("Enter");
    await page.getByLabel("Find bytes or text").fill("3ff100");
    await page.getByLabel("Find bytes or text").press("Enter");
    await page.locator("[data-row='00000000003ff000'] [aria-selected='true']").waitFor();
  });

  it("stops at a breakpoint and goes on", async () => {
    const { page } = driver;
    const address = await value("pswAddress");
    await page.locator(`.line[data-address="${address}"]`).click();
    await page.keyboard.press("F9");
    await page.locator(`.line[data-address="${address}"] .gutter`, { hasText: "●" }).waitFor();
    await page.keyboard.press("F9");
    await page
      .locator(`.line[data-address="${address}"] .gutter`, { hasText: "●" })
      .waitFor({ state: "detached" });
    await page.keyboard.press("F5");
    await driver.state("Running");
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
