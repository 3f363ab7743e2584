/** The threads of a real guest's vCPUs in the window: what happens to them, one by one and filtered. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the lanes of a guest's vCPUs${chromiumMissing}`, () => {
  let driver: WindowDriver;

  beforeAll(async () => void (driver = await WindowDriver.openGuests()));
  afterAll(() => driver?.close());

  const panel = () => driver.page.getByRole("region", { name: "vCPU lanes" });
  const event = (text: string | RegExp) => panel().getByTestId("lane-event").getByText(text).waitFor();

  it("say what would be there, and where a vCPU is that has nothing to do", async () => {
    await driver.select("hello");
    await driver.run("panel.lanes");
    await panel().getByText("Modes, requests and kicks of the vCPUs").waitFor();
    await driver.command("machine.run");
    await panel().locator("[data-lane='0']").getByText("asleep in block()").waitFor();
    await event("vCPU 0 sleeps in block()");
    await panel().locator("[data-row='0'] td[data-place='asleep'][data-step='sleep']").last().waitFor();
  });

  it("show the kick that wakes it, and go back through its events by keyboard", async () => {
    const { page } = driver;
    const wakes = panel().locator("[data-row='0'] td[data-step='wake']");
    const before = await wakes.count();
    await driver.run("panel.console");
    await driver.typeLine("a");
    await driver.run("panel.lanes");
    await page.waitForFunction(
      (count) => document.querySelectorAll("[data-row='0'] td[data-step='wake']").length > count,
      before,
    );
    await driver.command("machine.pause");
    await driver.state("Paused");
    await panel().getByTestId("as-of").getByText("paused at i =").waitFor();
    await panel().getByRole("application", { name: "Events of the vCPUs" }).focus();
    await page.keyboard.press("Home");
    await event("#1 vCPU 0");
    await page.keyboard.press("ArrowRight");
    await event("#2 vCPU 0");
    expect(await panel().locator("td.chosen").count()).toBe(1);
    await page.keyboard.press("Escape");
    await event("newest:");
  });

  it("are filtered by what happened", async () => {
    const { page } = driver;
    await page.keyboard.press("/");
    await page.keyboard.type("is kicked unblock");
    await event(/vCPU 0 is kicked: UNBLOCK/);
    expect(await panel().locator("td[data-step]:not([data-step='kick'])").count()).toBe(0);
    await panel().getByLabel("Filter the events").fill("nothing at all");
    await panel().getByText("No event has “nothing at all”.").waitFor();
    await page.keyboard.press("Escape");
  });

  it("raise no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
