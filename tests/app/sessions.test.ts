/** The window's offer after a host has ended with machines on: what it says, and what its buttons do. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { GuestsService } from "../../src/main/services/guests.ts";
import { SnapshotsService } from "../../src/main/services/snapshots.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { Store } from "../../src/main/store/store.ts";
import { seriousFindings } from "../kit/axe.ts";
import { built, chromium, chromiumMissing, root } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";
import { temporaryFolder } from "../main/guests/temporaryFolder.ts";
import { killedHost } from "../main/services/killedHost.ts";

const thread = (name: string): URL => pathToFileURL(built("main", `${name}.js`));

function openOn(dataDir: string): Promise<WindowDriver> {
  const store = new Store({ dataDir, workerUrl: thread("storeWorker") });
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir: join(root, "resources") }),
    snapshots: new SnapshotsService(store, "test"),
    store,
    workerUrl: thread("engineWorker"),
  });
  return WindowDriver.open(workbench);
}

describe.skipIf(!existsSync(chromium))(`machines that were on when the host ended${chromiumMissing}`, () => {
  it("are offered with what is lost, and taken up where they were saved", async () => {
    const dataDir = temporaryFolder();
    let driver = await openOn(dataDir);
    await driver.start("hello");
    await driver.shows("q stops");
    await driver.typeLine("x");
    await driver.shows("key 1");
    await driver.run("snapshot.take");
    await driver.run("panel.snapshots");
    await driver.page.locator("[data-snapshot='1']").waitFor();
    await driver.close();

    driver = await openOn(dataDir);
    const { page } = driver;
    await driver.select("hello");
    const offer = page.locator("[data-left]");
    await offer.getByText("It was on when Latchwork ended").waitFor();
    await offer.getByText(/Snapshot 1 holds its state of .+\. What it did after that is lost\./).waitFor();
    await page.locator("[data-guest='hello']").getByText("Was on: can be taken up again").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await driver.run("panel.registers");
    const registers = page.getByRole("region", { name: "Registers" });
    await registers.getByRole("button", { name: "Take up again" }).waitFor();
    await offer.getByRole("button", { name: "Take up again" }).click();
    await driver.state("Running");
    await page.waitForSelector(".xterm-rows");
    await driver.typeLine("y");
    await driver.shows("key 2");
    expect(driver.complaints).toEqual([]);
    await driver.close();
  }, 600_000);

  it("are offered after kill -9 too: Enter takes up what was saved, and says what was not", async () => {
    const dataDir = temporaryFolder();
    await killedHost(dataDir, () => Promise.resolve());
    const driver = await openOn(dataDir);
    const { page } = driver;
    const offer = page.locator("[data-left]");
    await driver.select("flic-storm");
    await offer.getByText("not saved: what it did is lost").waitFor();
    expect(await offer.getByRole("button", { name: "Start afresh" }).count()).toBe(0);
    const hello = page.locator("[data-guest='hello']");
    await page.getByRole("button", { name: /^Take Hello.* up again$/ }).first().waitFor();
    await hello.focus();
    await page.keyboard.press("Enter");
    await driver.state("Running");
    // Where it had been saved, not at its beginning.
    expect(driver.workbench.machines.baseOf("hello")).toBe(1);
    await page.locator("[data-guest='hello']").getByText("Was on").waitFor({ state: "detached" });

    await page.locator("[data-guest='hello.1']").click();
    await offer.getByText("It was on when Latchwork ended").waitFor();
    await offer.getByRole("button", { name: "Start afresh" }).click();
    await driver.state("Running");
    await driver.select("flic-storm");
    await offer.getByRole("button", { name: "Do not offer this again" }).click();
    await offer.waitFor({ state: "detached" });
    expect(driver.complaints).toEqual([]);
    await driver.close();
  }, 600_000);
});
