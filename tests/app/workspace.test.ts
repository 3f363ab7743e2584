/** Menus, layouts, themes and windows of their own, as a person uses them; the engine is the fake worker. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workbench } from "../../src/main/services/workbench.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { FakeGuests } from "../kit/fakeGuests.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the workspace${chromiumMissing}`, () => {
  const workerUrl = new URL("../kit/fakeEngineWorker.ts", import.meta.url);
  let driver: WindowDriver;
  const theme = (page: Page): Promise<string | undefined> =>
    page.evaluate(() => document.documentElement.dataset.theme);

  beforeAll(async () => {
    driver = await WindowDriver.open(new Workbench({ guests: new FakeGuests(), workerUrl }));
  });
  afterAll(async () => {
    await driver?.close();
  });

  it("offers every command in a menu that the keyboard alone can walk", async () => {
    const { page } = driver;
    await page.locator('[data-menu="Machine"]').focus();
    // Around the end: to the last menu, however many there are.
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowDown");
    await page.locator('[data-entry="theme.light"]').waitFor();
    for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await theme(page)).toBe("light");
    await page.locator('[data-menu="Window"]').focus();
    await page.keyboard.press("Enter");
    expect(await page.locator('[data-entry="theme.light"]').getAttribute("aria-checked")).toBe("true");
    await page.keyboard.press("Escape");
    expect(await page.locator("[data-entry]").count()).toBe(0);
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.menu)).toBe("Window");
  });

  it("gives the keyboard back to who had it before a menu, the palette or a question", async () => {
    const { page } = driver;
    const filter = page.getByPlaceholder("Filter guests");
    const hasKeyboard = (): Promise<boolean> => filter.evaluate((one) => one === document.activeElement);
    await filter.focus();
    await page.click('[data-menu="View"]');
    await page.click('[data-entry="panel.maximize"]');
    expect(await hasKeyboard()).toBe(true);
    await page.keyboard.press("Control+Shift+P");
    await page.keyboard.type("take it back");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await hasKeyboard()).toBe(true);

    await driver.start("ticker");
    await filter.focus();
    for (const answer of ["Escape", "Tab", "Enter"]) {
      await page.click('[data-menu="Machine"]');
      await page.click('[data-entry="machine.reset"]');
      await page.getByRole("dialog").getByText("Reset Clock comparator").waitFor();
      if (answer === "Tab") await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      else await page.keyboard.press(answer);
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await hasKeyboard()).toBe(true);
    }
    const pause = page.locator('.bar [data-command="machine.pause"]').first();
    await pause.focus();
    await page.keyboard.press("Enter");
    await driver.state("Paused");
    expect(await pause.isDisabled()).toBe(true);
    expect(await pause.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press("F5");
    await driver.state("Running");
  });

  it("shows the keys from their beginning, and scrolls them by keys", async () => {
    const { page } = driver;
    await page.setViewportSize({ width: 1024, height: 500 });
    await page.keyboard.press("F1");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    const groups = page.getByRole("dialog").getByRole("group");
    expect(await groups.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    await page.keyboard.press("End");
    await page.waitForFunction(() => document.querySelector("dialog [role='group']")!.scrollTop > 0);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("names the machine in the title at 1024 pixels too", async () => {
    const { page } = driver;
    await page.setViewportSize({ width: 1024, height: 700 });
    const name = page.locator(".whose strong");
    expect(await name.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("keeps themes on the host: a page that knows nothing of it shows the same", async () => {
    const context = await driver.page.context().browser()!.newContext({ colorScheme: "dark" });
    const other = await context.newPage();
    await other.goto(driver.served.url);
    await other.waitForFunction(() => document.documentElement.dataset.theme === "light");
    await driver.page.keyboard.press("Control+Shift+P");
    await driver.page.keyboard.type("theme high");
    await driver.page.keyboard.press("Enter");
    await other.waitForFunction(() => document.documentElement.dataset.theme === "contrast");
    await context.close();
    await driver.run("theme.dark");
  });

  it("names layouts, refuses names that cannot be, and forgets them on request", async () => {
    const { page } = driver;
    await driver.run("layout.save");
    await page.getByLabel("Name of the layout").fill("Console");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("always there").waitFor();
    await page.getByLabel("Name of the layout").fill("Mine 2");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.reload();
    await page.waitForSelector("[data-guest]");
    await driver.run("layout.saved.Mine 2");
    await driver.run("layout.remove.Mine 2");
    await page.getByText("Layout Mine 2 removed").waitFor();
  });

  it("shows a console in a window of its own, with the bytes of both", async () => {
    await driver.start("hello");
    await driver.typeLine("from the main window");
    await driver.shows("from the main window: not found");
    const opening = driver.page.waitForEvent("popup");
    await driver.command("console.popOut");
    const popup = await opening;
    const rows = popup.locator(".xterm-rows");
    await rows.getByText("from the main window: not found").waitFor();
    expect(await popup.title()).toBe("Hello, console – console");
    expect(await popup.locator(".machine-list").count()).toBe(0);
    await popup.locator(".xterm-helper-textarea").focus();
    await popup.keyboard.type("from its own\n");
    await rows.getByText("from its own: not found").waitFor();
    await driver.shows("from its own: not found");
    await popup.keyboard.press("Control+Shift+A");
    await popup.keyboard.press("Control+Shift+P");
    await popup.keyboard.type("Add guest");
    await popup.getByText("Nothing is called that").waitFor();
    await popup.keyboard.press("Escape");
    await popup.keyboard.press("F1");
    await popup.getByRole("dialog").getByText("Find in the console").waitFor();
    const named = await popup.getByRole("dialog").getByRole("heading", { level: 3 }).allInnerTexts();
    expect(named).toEqual(["Machine", "Console", "Snapshots", "Window"]);
    await popup.keyboard.press("Escape");
    expect(await popup.locator(".xterm-rows").count()).toBe(1);
    await popup.keyboard.press("F6");
    await popup.locator('[data-testid="state"]', { hasText: "Paused" }).waitFor();
    await driver.state("Paused");
    await popup.close();
    await driver.page.keyboard.press("F5");
    await driver.state("Running");
  });

  it("raised no complaint from the page or from its policy", () => expect(driver.complaints).toEqual([]));
});
