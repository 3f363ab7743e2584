/** Real guests in the window: the built engine worker behind the built page. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianGuestId } from "../../src/main/guests/debianGuest.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { copyDebian, debianMissing } from "../kit/debianGuest.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`real guests in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;

  beforeAll(async () => {
    driver = await WindowDriver.openGuests((_guests, dataDir) => {
      if (!debianMissing) copyDebian(dataDir);
    });
  });
  afterAll(() => driver?.close());

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

  it("are started again in the second console, whatever is in front", async () => {
    const { page } = driver;
    await driver.select("hello");
    await driver.run("layout.Two machines");
    const second = page.getByLabel("Second console");
    await second.getByLabel("Machine").selectOption("crash-demo");
    await second.locator("aside.end").getByRole("button", { name: "Start again" }).click();
    await second.locator("aside.end").waitFor({ state: "detached" });
    await page.locator('[data-guest="crash-demo"]').getByText("Running").waitFor();
    await driver.run("layout.Console");
  });

  it.skipIf(debianMissing !== "")(`boot Debian to a shell that answers${debianMissing}`, async () => {
    await driver.start(debianGuestId);
    await driver.shows("GUEST-READY", 240_000);
    await driver.shows("~ #");
    await driver.typeLine("echo $((6 * 7)) is the answer of $(uname -m)");
    await driver.shows("42 is the answer of s390x");
    await driver.command("machine.powerOff");
    await driver.page.locator("dialog[open] button").last().click();
    await driver.state("Off", 60_000);
  }, 300_000);

  it("raise no complaint from the page", () => expect(driver.complaints).toEqual([]));

  it("are not said to be live when their host is gone", async () => {
    await driver.select("hello");
    await driver.run("panel.registers");
    await driver.page.getByTestId("as-of").getByText(/^live, /).waitFor();
    await driver.served.close();
    await driver.page.getByTestId("as-of").getByText("not connected; as it was last").waitFor();
    await driver.page.getByText("Machines go on running as long as the host does.").waitFor();
  });
});
