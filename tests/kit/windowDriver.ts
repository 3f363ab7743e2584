/**
 * A person at the window: the built page in Chromium, served by the real `serve` host. Any workbench can be
 * behind it, so a test with the fake worker and one with a real guest differ in one argument.
 */
import { rmSync } from "node:fs";
import { chromium as browserType, type Browser, type Page } from "playwright-core";
import { serve, type Served } from "../../src/main/hosts/serve.ts";
import type { Workbench } from "../../src/main/services/workbench.ts";
import { buildApp, built, chromium } from "./builtApp.ts";
import { guestsWorkbench, type Prepare } from "./guestsWorkbench.ts";
import { WindowHand } from "./windowHand.ts";

export const browserFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class WindowDriver extends WindowHand {
  readonly served: Served;
  /** What the page's scripts complained about; a test expects none. */
  readonly complaints: string[] = [];
  private readonly browser: Browser;
  readonly workbench: Workbench;
  /** What it alone used, given up at the end. */
  private dataDir: string | undefined;

  private constructor(browser: Browser, page: Page, served: Served, workbench: Workbench) {
    super(page);
    this.browser = browser;
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
    const browser = await browserType.launch({ executablePath: chromium, args: browserFlags });
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
  static async openGuests(prepare?: Prepare): Promise<WindowDriver> {
    const { workbench, dataDir } = await guestsWorkbench(prepare);
    const driver = await WindowDriver.open(workbench);
    driver.dataDir = dataDir;
    return driver;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.served.close();
    await this.workbench.close();
    if (this.dataDir !== undefined) rmSync(this.dataDir, { recursive: true, force: true });
  }
}
