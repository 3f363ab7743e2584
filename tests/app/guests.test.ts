/** Real guests in the window: the built engine worker behind the built page. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataFolder } from "../../src/main/dataFolder.ts";
import { GuestsService } from "../../src/main/services/guests.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { built, chromium, chromiumMissing, root } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

/** Where a person's own guests are; the tests work on a copy. */
const debian = "debian-12-s390x";
const fetched = join(dataFolder(), "guests", debian);
const hasDebian = existsSync(join(fetched, "guest.json"));
const debianMissing = hasDebian ? "" : ` (fetch it first: npm run latchwork -- guests fetch ${debian})`;

describe.skipIf(!existsSync(chromium))(`real guests in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;

  const dataDir = mkdtempSync(join(tmpdir(), "latchwork-guests-"));

  beforeAll(async () => {
    if (hasDebian) cpSync(fetched, join(dataDir, "guests", debian), { recursive: true });
    const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
    const workerUrl = pathToFileURL(built("main", "engineWorker.js"));
    driver = await WindowDriver.open(new Workbench({ guests, workerUrl }));
  });
  afterAll(async () => {
    await driver?.close();
    rmSync(dataDir, { recursive: true, force: true });
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

  it.skipIf(!hasDebian)(`boot Debian to a shell that answers${debianMissing}`, async () => {
    await driver.start(debian);
    await driver.shows("GUEST-READY", 240_000);
    await driver.shows("~ #");
    await driver.typeLine("echo $((6 * 7)) is the answer of $(uname -m)");
    await driver.shows("42 is the answer of s390x");
    await driver.command("machine.powerOff");
    await driver.page.locator("dialog[open] button").last().click();
    await driver.state("Off", 60_000);
  }, 300_000);

  it("raise no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
