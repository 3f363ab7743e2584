/**
 * The window and its snapshots, with the real engine and store behind it: take, compare, go on in the same
 * and in a new machine, export and import, remove; and again after the host was ended.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { GuestsService } from "../../src/main/services/guests.ts";
import { SnapshotsService } from "../../src/main/services/snapshots.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { Store } from "../../src/main/store/store.ts";
import { built, chromium, chromiumMissing, root } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";
import { temporaryFolder } from "../main/guests/temporaryFolder.ts";

const thread = (name: string): URL => pathToFileURL(built("main", `${name}.js`));

function openOn(dataDir: string): Promise<WindowDriver> {
  const resourcesDir = join(root, "resources");
  const store = new Store({ dataDir, workerUrl: thread("storeWorker") });
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir }),
    snapshots: new SnapshotsService(store, "test"),
    workerUrl: thread("engineWorker"),
  });
  return WindowDriver.open(workbench);
}

describe.skipIf(!existsSync(chromium))(`snapshots in the window${chromiumMissing}`, () => {
  it("does everything with them, by the panel and by keys", async () => {
    const dataDir = temporaryFolder();
    let driver = await openOn(dataDir);
    const { page } = driver;
    const row = (id: number) => page.locator(`[data-snapshot="${id}"]`);
    await driver.run("panel.snapshots");
    await page.getByText("Saved machines show here as a tree.").waitFor();
    await page.getByText("Start a guest first").waitFor();

    await driver.start("hello");
    await driver.shows("q stops");
    await page.keyboard.press("Control+Shift+S");
    await driver.run("panel.snapshots");
    await row(1).waitFor();
    const note = page.getByLabel("Note", { exact: true });
    await note.fill("half a no");
    await driver.workbench.saves.setNote(1, "from another window");
    await row(1).getByText("from another window").waitFor();
    expect(await note.inputValue()).toBe("half a no");
    await note.press("Escape");
    expect(await note.inputValue()).toBe("from another window");
    await note.fill("before any key");
    await page.keyboard.press("Enter");
    await row(1).getByText("before any key").waitFor();

    await driver.run("panel.console");
    await driver.typeLine("x");
    await driver.shows("key 1");
    await driver.run("snapshot.take");
    await driver.run("panel.snapshots");
    await row(2).waitFor();
    expect(await row(2).getAttribute("aria-level")).toBe("2");
    await row(2).focus();
    await page.keyboard.press("ArrowUp");
    expect(await row(1).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("ArrowDown");
    await row(1).evaluate((one) => one.focus());
    await page.keyboard.press("Delete");
    await page.getByRole("dialog").getByText("Remove snapshot 1?").waitFor();
    await page.keyboard.press("Escape");
    await row(2).click();

    await driver.run("snapshot.compare");
    const diff = page.getByTestId("snapshot-diff");
    await diff.getByText("1 → 2").waitFor();
    await diff.getByLabel("Filter the fields").fill("machine.time");
    await diff.getByText("machine.time.executed").waitFor();
    expect(await diff.locator(".memory tbody tr").count()).toBeGreaterThan(0);

    await row(1).click();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Go on from there" }).click();
    await driver.shows("q stops");
    await driver.typeLine("y");
    await driver.shows("key 1");

    await driver.run("panel.snapshots");
    await driver.run("snapshot.restoreNew");
    await page.locator('[data-guest="hello.1"]').waitFor();
    await driver.state("Running");

    await driver.run("panel.snapshots");
    await row(2).click();
    const download = page.waitForEvent("download");
    await driver.run("snapshot.export");
    const file = await (await download).path();
    expect(readFileSync(file).subarray(0, 7).toString()).toBe("LWSNAP1");
    const chooser = page.waitForEvent("filechooser");
    await driver.run("snapshot.import");
    await (await chooser).setFiles(file);
    await row(3).waitFor();

    await row(1).click();
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Remove", exact: true }).last().click();
    await row(1).waitFor({ state: "detached" });
    await page.waitForFunction(() => (document.activeElement as HTMLElement).dataset.snapshot === "2");

    await driver.select("hello");
    await page.keyboard.press("F6");
    await driver.state("Paused");
    await driver.run("snapshot.take");
    await page.getByText("The guest stays paused.").waitFor();
    expect(await row(2).getAttribute("aria-level")).toBe("1");
    expect(driver.complaints).toEqual([]);
    await driver.close();

    driver = await openOn(dataDir);
    await driver.run("panel.snapshots");
    await driver.page.locator('[data-snapshot="2"]').click();
    await driver.run("snapshot.restore");
    await driver.state("Running");
    await driver.shows("key 1");
    await driver.close();
  }, 600_000);
});
