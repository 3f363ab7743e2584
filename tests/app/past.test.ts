/** The past of a real guest as a person goes there: from the timeline, backwards, and to the present. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriousFindings } from "../kit/axe.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the past of a machine${chromiumMissing}`, () => {
  let driver: WindowDriver;
  let guest: string;
  let moment: number;
  const registers = () => driver.page.locator("section[aria-label='Registers']");
  const asOf = () => registers().getByTestId("as-of");
  const stands = async (instructions: number): Promise<void> => {
    await driver.page.waitForFunction((wanted) => {
      const panel = document.querySelector("section[aria-label='Registers'] [data-testid='as-of']");
      const text = panel?.textContent ?? "";
      return text.includes("in the past") && text.replaceAll(/\D/g, "") === String(wanted);
    }, instructions);
    // Registers may be there a moment before the machine is said to have arrived, and keys go on.
    await driver.state("Paused");
    await registers().getByRole("button", { name: "Step back" }).waitFor();
  };
  /** Without its marks, which say what came before. */
  const shown = (name: string): Promise<string | null> =>
    registers().locator(`[data-register="${name}"] .value`).getAttribute("aria-label");

  beforeAll(async () => {
    driver = await WindowDriver.openGuests(async (guests) => {
      guest = await addProgram(guests, "Endless storm", endlessStorm());
    });
  });
  afterAll(async () => {
    expect(driver?.complaints ?? []).toEqual([]);
    await driver?.close();
  });

  it("is reached by a click on a step of an interrupt: the registers show that instruction", async () => {
    await driver.select(guest);
    await driver.run("panel.timeline");
    await driver.command("machine.run");
    await driver.state("Running");
    await driver.page.locator('[data-interrupt][data-fate="accepted"]').first().waitFor();
    await driver.page.keyboard.press("F6");
    await driver.state("Paused");
    await driver.page.getByRole("button", { name: "Fit all" }).click();
    const row = driver.page.locator('[data-interrupt][data-fate="accepted"]').nth(3);
    await row.click();
    const step = driver.page.getByTestId("detail").locator("[data-value='moment']").last();
    await step.waitFor();
    moment = Number((await step.innerText()).replaceAll(/\D/g, ""));
    await step.click();
    await registers().waitFor();
    await stands(moment);
    const { page } = driver;
    expect(await page.getByText("Endless storm, in the past").count()).toBeGreaterThan(0);
  });

  it("has a console of its own there, which nobody can type to", async () => {
    const { page } = driver;
    await page.getByRole("tab", { name: "Endless storm, in the past" }).waitFor();
    await page.getByRole("region", { name: "Console of Endless storm, in the past" }).waitFor();
    await page.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("x");
    expect(await page.locator(".toast").count()).toBe(0);
  });

  it("steps back and forward by keys, over the same state", async () => {
    await driver.page.keyboard.press("Shift+F11");
    await stands(moment - 1);
    const psw = await shown("pswAddress");
    await driver.page.keyboard.press("Shift+F11");
    await stands(moment - 2);
    await driver.page.keyboard.press("F11");
    await stands(moment - 1);
    expect(await shown("pswAddress")).toBe(psw);
  });

  it("goes to the last writer of a register", async () => {
    await registers().locator('[data-register="r10"] .value').focus();
    await driver.page.keyboard.press("l");
    await driver.page.getByTestId("stopped-by").getByText("r10").waitFor();
  });

  it("has a strip without serious findings of axe-core, in every theme", async () => {
    const { page } = driver;
    await page.getByTestId("past").first().waitFor();
    const found: Record<string, string[]> = {};
    for (const theme of ["light", "contrast", "dark"]) {
      await driver.run(`theme.${theme}`);
      const findings = await seriousFindings(page, theme === "dark" ? "all" : "colours");
      if (findings.length > 0) found[theme] = findings;
    }
    expect(found).toEqual({});
  });

  it("is left for the present", async () => {
    await driver.run("debug.present");
    await driver.page.getByText("Endless storm, in the past").first().waitFor({ state: "detached" });
    await driver.state("Paused");
    expect(await asOf().innerText()).toContain("paused at i =");
  });
});
