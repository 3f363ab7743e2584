/**
 * A person at the window: the built page in Chromium, served by the real `serve` host. Any workbench can be
 * behind it, so a test with the fake worker and one with a real guest differ in one argument.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium as browserType, type Browser, type Page } from "playwright-core";
import { serve, type Served } from "../../src/main/hosts/serve.ts";
import { GuestsService } from "../../src/main/services/guests.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { buildApp, built, chromium, root } from "./builtApp.ts";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class WindowDriver {
  readonly page: Page;
  readonly served: Served;
  /** What the page's scripts complained about; a test expects none. */
  readonly complaints: string[] = [];
  private readonly browser: Browser;
  readonly workbench: Workbench;
  /** The menu that each command was seen in. */
  private readonly menuOf = new Map<string, string>();
  /** What it alone used, given up at the end. */
  private dataDir: string | undefined;

  private constructor(browser: Browser, page: Page, served: Served, workbench: Workbench) {
    this.browser = browser;
    this.page = page;
    this.served = served;
    this.workbench = workbench;
    page.on("pageerror", (error) => this.complaints.push(error.stack ?? error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  static async open(workbench: Workbench): Promise<WindowDriver> {
    await buildApp();
    const served = await serve({ workbench, version: "0.1.0", pageFolder: built("renderer") });
    const browser = await browserType.launch({ executablePath: chromium, args: flags });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: served.origin });
    // A condition that holds at last holds on a busy host too.
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const driver = new WindowDriver(browser, page, served, workbench);
    await page.goto(served.url);
    await page.waitForSelector("[data-guest]");
    return driver;
  }

  /** Real guests and engines, over a data folder of its own that `prepare` may fill. */
  static async openGuests(
    prepare?: (guests: GuestsService, dataDir: string) => Promise<void> | void,
  ): Promise<WindowDriver> {
    const dataDir = mkdtempSync(join(tmpdir(), "latchwork-window-"));
    const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
    await prepare?.(guests, dataDir);
    const workerUrl = pathToFileURL(built("main", "engineWorker.js"));
    const driver = await WindowDriver.open(new Workbench({ guests, workerUrl }));
    driver.dataDir = dataDir;
    return driver;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.served.close();
    await this.workbench.close();
    if (this.dataDir !== undefined) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Chooses a guest in the list by its id. */
  select(id: string): Promise<void> {
    return this.page.click(`[data-guest="${id}"]`);
  }

  async start(id: string): Promise<void> {
    await this.select(id);
    await this.command("machine.run");
    await this.state("Running");
    await this.page.waitForSelector(".xterm-rows");
  }

  command(id: string): Promise<void> {
    return this.page.locator(`.bar [data-command="${id}"]`).first().click();
  }

  /** Carries out any command, by way of its menu. */
  async run(id: string): Promise<void> {
    const known = this.menuOf.get(id);
    const menus = this.page.locator("[data-menu]");
    const names = await menus.evaluateAll((all) => all.map((menu) => (menu as HTMLElement).dataset.menu!));
    for (const name of known === undefined ? names : [known, ...names]) {
      await this.page.click(`[data-menu="${name}"]`);
      const ids = await this.page
        .locator("[role='menu'] [data-entry]")
        .evaluateAll((all) => all.map((entry) => (entry as HTMLElement).dataset.entry!));
      for (const entry of ids) this.menuOf.set(entry, name);
      if (ids.includes(id)) return this.page.click(`[data-entry="${id}"]`);
      await this.page.keyboard.press("Escape");
    }
    throw new Error(`no menu has the command ${id}`);
  }

  /** Waits until the status bar says so of the guest in front. */
  async state(word: string, timeoutMs = 120_000): Promise<void> {
    await this.page
      .locator('[data-testid="state"]', { hasText: word })
      .waitFor({ state: "visible", timeout: timeoutMs });
  }

  /** The lines that the console in front shows. */
  async screen(): Promise<string> {
    const rows = await this.page.locator(".xterm-rows > div").allInnerTexts();
    return rows
      .map((row) => row.replaceAll("\u00a0", " ").trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** Waits until the console shows `text`; gives the screen. */
  async shows(text: string, timeoutMs = 120_000): Promise<string> {
    await this.page
      .waitForFunction(
        (wanted) => {
          const rows = [...document.querySelectorAll(".xterm-rows > div")];
          return rows.some((row) => row.textContent.replaceAll("\u00a0", " ").includes(wanted));
        },
        text,
        { timeout: timeoutMs },
      )
      .catch(async () => {
        throw new Error(
          `the console never showed ${JSON.stringify(text)}; it shows:\n${await this.screen()}`,
        );
      });
    return this.screen();
  }

  /** Types a line into the console in front and presses Enter. */
  async typeLine(text: string): Promise<void> {
    await this.page.locator(".xterm-helper-textarea").focus();
    await this.page.keyboard.type(`${text}\n`);
  }
}
