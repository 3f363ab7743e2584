/** The interrupt timeline of a real guest under a storm, as a person uses it. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the interrupt timeline${chromiumMissing}`, () => {
  let driver: WindowDriver;
  let guest: string;
  const drawing = () => driver.page.getByTestId("timeline");
  const span = () => driver.page.getByTestId("span").innerText();
  const filter = () => driver.page.getByLabel("Filter the interrupts");
  const row = (fate: string) => driver.page.locator(`[data-interrupt][data-fate="${fate}"]`).first();
  const changed = async (before: string): Promise<void> => {
    await driver.page.waitForFunction(
      (text) => document.querySelector("[data-testid='span']")?.textContent !== text,
      before,
    );
  };

  beforeAll(async () => {
    driver = await WindowDriver.openGuests(async (guests) => {
      guest = await addProgram(guests, "Endless storm", endlessStorm());
    });
  });
  afterAll(() => driver?.close());

  it("says what would be there, then follows the guest", async () => {
    await driver.select(guest);
    await driver.run("panel.timeline");
    await driver.page.getByText("The interrupts, from raise to end, of Endless storm show here").waitFor();
    await driver.command("machine.run");
    await driver.state("Running");
    await row("accepted").waitFor();
    await changed(await span());
    expect(await span()).toContain("following");
  });

  it("stands still with the machine, whole: steps that a busy page missed come then", async () => {
    await driver.page.evaluate(() => {
      const until = performance.now() + 3000;
      while (performance.now() < until);
    });
    await driver.page.keyboard.press("F6");
    await driver.state("Paused");
    await driver.page.getByRole("button", { name: "Fit all" }).click();
    await row("accepted").waitFor();
    await row("unseen").waitFor({ state: "detached" });
    const before = await span();
    expect(before).toContain("held");
    await drawing().focus();
    await driver.page.keyboard.press("+");
    await changed(before);
    const zoomed = await span();
    await driver.page.keyboard.press("ArrowLeft");
    await changed(zoomed);
    const panned = await span();
    const box = (await drawing().boundingBox())!;
    await driver.page.mouse.move(box.x + 300, box.y + 40);
    await driver.page.mouse.wheel(0, 400);
    await changed(panned);
  });

  it("has what it draws in a table, and says why one was delivered, step by step", async () => {
    const { page } = driver;
    await page.getByRole("button", { name: "Fit all" }).click();
    await page.getByRole("grid", { name: "Interrupts" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.locator("[role='row'][aria-selected='true']").waitFor();
    await filter().fill("fate=accepted");
    await row("accepted").click();
    await page.getByTestId("why").getByText(/^Taken by CPU [01] as (EXT_SERVICE|IO_ISC_0)\.$/).waitFor();
    const steps = page.getByLabel("Its steps").getByRole("listitem");
    expect(await steps.count()).toBe(3);
    expect(await steps.first().innerText()).toContain("raised");
  });

  it("filters by a language, and points at the place of an error", async () => {
    const { page } = driver;
    await filter().fill("isc=0 and fate=accepted");
    await page.locator("[data-interrupt] .isc", { hasText: /^–$/ }).first().waitFor({ state: "detached" });
    expect(await page.locator("[data-interrupt]").count()).toBeGreaterThan(0);
    await filter().fill("isc=0 and fate=delivered");
    await page.getByText("At character 16: \"delivered\" is no fate; there are pending").waitFor();
    await filter().fill("type=virtio");
    await page.getByText("No interrupt in view passes the filter.").waitFor();
    await filter().fill("");
    await row("accepted").waitFor();
  });

  it("keeps pins with notes, over a reload", async () => {
    const { page } = driver;
    await drawing().focus();
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    const note = page.getByLabel(/Note of the pin at/);
    await note.fill("here it began");
    await note.press("Enter");
    await page.reload();
    await page.waitForSelector("[data-guest]");
    await driver.select(guest);
    await note.waitFor();
    expect(await note.inputValue()).toBe("here it began");
    await page.getByLabel(/Remove the pin at/).click();
    await note.waitFor({ state: "detached" });
  });

  it("still shows the interrupts of a guest that has ended, before anybody could look", async () => {
    const { page } = driver;
    await driver.select("ais-demo");
    await driver.command("machine.run");
    await page.getByTestId("as-of").getByText("off, as it ended").waitFor();
    await filter().fill("isc=3 and fate=suppressed");
    await page.getByRole("button", { name: "Fit all" }).click();
    await row("suppressed").click();
    await page.getByText("The machine is off; these steps are what is left.").waitFor();
    const steps = page.getByLabel("Its steps").getByRole("listitem");
    expect(await steps.last().innerText()).toContain("suppressed: nimm bit of ISC 3");
    await filter().fill("");
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
