/** Real guests in the window: the built engine worker behind the built page. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestsService } from "../../src/main/services/guests.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { built, chromium, chromiumMissing, root } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`real guests in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "latchwork-guests-"));
    const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
    const workerUrl = pathToFileURL(built("main", "engineWorker.js"));
    driver = await WindowDriver.open(new Workbench({ guests, workerUrl }));
  });
  afterAll(async () => {
    await driver?.close();
  });

  it("run two at once: one waits for keys, the other ends by itself", async () => {
    await driver.start("hello");
    await driver.select("timer-sigp");
    await driver.command("machine.run");
    await driver.shows("emergency signal answers round 10", 60_000);
    await driver.state("Off", 60_000);
    await driver.select("hello");
    await driver.state("Running");
    await driver.typeLine("zEC12");
    await driver.shows("key 5: code 50, character 2");
  });

  it("crash with the engine's own sentence and the PSW", async () => {
    await driver.start("crash-demo");
    await driver.shows("How shall this machine end?");
    await driver.typeLine("1");
    await driver.state("Crashed");
    expect(await driver.page.locator("aside.end").innerText()).toMatch(/PSW [0-9a-f]{16} [0-9a-f]{16}/);
  });

  it("raise no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
