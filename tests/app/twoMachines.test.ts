/** Two real machines at once, Debian and the FLIC storm: on one screen, in two windows that keep in step. */
import { existsSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianGuestId } from "../../src/main/guests/debianGuest.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { copyDebian, debianMissing } from "../kit/debianGuest.ts";
import { endlessStorm } from "../kit/endlessStorm.ts";
import { addProgram } from "../kit/userGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

const missing = chromiumMissing + debianMissing;

describe.skipIf(!existsSync(chromium) || debianMissing !== "")(`two machines at once${missing}`, () => {
  let driver: WindowDriver;
  let stormId: string;
  let other: Page;
  const first = (page: Page): Locator => page.locator(".console-stage");
  const second = (page: Page): Locator => page.getByLabel("Second console");
  const shows = (console: Locator, text: string | RegExp): Promise<void> =>
    console.locator(".xterm-rows > div", { hasText: text }).first().waitFor();
  async function type(console: Locator, text: string): Promise<void> {
    await console.locator(".xterm-helper-textarea").focus();
    await console.page().keyboard.type(`${text}\n`);
  }
  const state = (page: Page, word: string): Promise<void> =>
    page.getByTestId("state").getByText(word).waitFor();

  beforeAll(async () => {
    driver = await WindowDriver.openGuests(async (guests, dataDir) => {
      copyDebian(dataDir);
      stormId = await addProgram(guests, "Endless storm", endlessStorm());
    });
  });
  afterAll(() => driver?.close());

  it("says in the second console what would be there, while one machine is on", async () => {
    await driver.run("layout.Two machines");
    await driver.start(debianGuestId);
    await second(driver.page).getByText("The console of a second machine shows here").waitFor();
    await driver.shows("GUEST-READY");
  });

  it("shows both consoles, each its own machine's, and types into both", async () => {
    const { page } = driver;
    await driver.start(stormId);
    await shows(first(page), /rounds|interrupts|service/i);
    await type(second(page), "echo both-$((40 + 2))");
    await shows(second(page), "both-42");
    await driver.select(debianGuestId);
    await shows(first(page), "both-42");
    await shows(second(page), /rounds|interrupts|service/i);
    await type(first(page), "echo again-$((40 + 3))");
    await shows(first(page), "again-43");
    expect(await second(page).locator(".xterm-rows").innerText()).not.toContain("again");
  });

  it("keeps a console that was chosen, and says so where that machine comes to the front", async () => {
    const { page } = driver;
    await second(page).getByLabel("Machine").selectOption(debianGuestId);
    await first(page).getByText("This console is in the panel “Second console”.").waitFor();
    await shows(second(page), "again-43");
    await driver.select(stormId);
    await shows(first(page), /rounds|interrupts|service/i);
    await shows(second(page), "again-43");
    await driver.select(debianGuestId);
    await first(page).getByRole("button", { name: "Show it here" }).click();
    await shows(first(page), "again-43");
  });

  it("follows the storm in the inspector meanwhile", async () => {
    const { page } = driver;
    await driver.select(stormId);
    await page.locator("[data-isc='0']").first().waitFor();
    await page.getByTestId("as-of").filter({ hasText: /live, [1-9]/ }).waitFor();
    await page.getByRole("log", { name: "Decisions" }).getByText(/accepted/).first().waitFor();
  });

  it("shows another window the same, and both take what the other does", async () => {
    const { page } = driver;
    other = await page.context().newPage();
    await other.goto(driver.served.url);
    await other.locator(`[data-guest="${stormId}"]`).click();
    await shows(second(other), "again-43");
    await driver.command("machine.pause");
    await state(other, "Paused");
    await other.locator('.bar [data-command="machine.run"]').first().click();
    await state(other, "Running");
    await driver.state("Running");
    await type(second(other), "echo other-$((40 + 4))");
    await shows(second(other), "other-44");
    await shows(second(page), "other-44");
  });

  it("loses nothing in a window that is loaded again, while the other goes on", async () => {
    const { page } = driver;
    await page.reload();
    await type(second(other), "echo meanwhile-$((40 + 5))");
    await shows(second(other), "meanwhile-45");
    await page.locator(`[data-guest="${stormId}"]`).click();
    await shows(second(page), "meanwhile-45");
    await shows(second(page), "both-42");
    await driver.state("Running");
    await type(second(page), "echo back-$((40 + 6))");
    await shows(second(other), "back-46");
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
