/** AP queues of a guest that runs: chosen by a person before the start, seen, and handled by hand. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`AP queues of a guest in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;
  beforeAll(async () => void (driver = await WindowDriver.openGuests()));
  afterAll(() => driver?.close());
  const panel = () => driver.page.getByRole("region", { name: "AP queues" });

  it("says that a machine has none, and how it gets some", async () => {
    await driver.select("hello");
    await driver.run("panel.apQueues");
    await driver.command("machine.run");
    await panel().getByText("Hello was given no AP queues.").waitFor();
    const choice = panel().getByTestId("ap-choice");
    await choice.fill("5:4,300");
    await panel().getByText("“5:4,300” is no matrix.").waitFor();
    await choice.fill("5,6:4,0x47");
    await choice.press("Tab");
    await driver.command("machine.powerOff");
    await driver.page.getByRole("dialog").getByRole("button", { name: "Power off" }).click();
    await driver.state("Off");
    await driver.command("machine.run");
    await panel().locator("[data-queue='05.0004']").getByText("■").waitFor();
    expect(await panel().locator("[data-queue]").count()).toBe(4);
  });

  it("takes an adapter out of the running machine and puts it back, and resets a queue", async () => {
    const { page } = driver;
    await panel().locator("[data-queue='06.0047']").click();
    await panel().getByRole("button", { name: "Take the adapter out" }).click();
    await panel().getByTestId("ap-outcome").getByText("adapter taken out with 06.0047 → 0").waitFor();
    await panel().locator("[data-queue='06.0004']").getByText("▲").waitFor();
    await panel().getByTestId("ap-queue").getByText("not there").waitFor();
    await panel().locator("[data-queue='05.0047']").getByText("■").waitFor();
    await panel().getByRole("button", { name: "Put it back" }).click();
    await panel().locator("[data-queue='06.0004']").getByText("■").waitFor();
    await panel().locator("[data-queue='06.0047']").focus();
    await page.keyboard.press("ArrowUp");
    await panel().getByRole("button", { name: "Reset queue" }).click();
    await panel().getByTestId("ap-outcome").getByText("reset of queue 05.0047 → 0").waitFor();
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
