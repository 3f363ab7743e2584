/** The window without a mouse, and as assistive technology finds it in every theme. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriousFindings } from "../kit/axe.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`for everybody${chromiumMissing}`, () => {
  let driver: WindowDriver;
  let page: Page;

  beforeAll(async () => {
    driver = await WindowDriver.openGuests();
    page = driver.page;
  });
  afterAll(() => driver?.close());

  /** A command by its name in the palette, as a person without a mouse finds one. */
  async function palette(title: string): Promise<void> {
    const search = page.getByLabel("Find a command or a guest");
    await page.keyboard.press("Control+Shift+P");
    await search.waitFor();
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await search.waitFor({ state: "detached" });
  }
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const active = document.activeElement as HTMLElement;
      return active.closest<HTMLElement>("[data-register]")?.dataset.register ?? active.ariaLabel ?? "";
    });

  it("does the main job by keyboard alone: start, type, pause, inspect, break, go on", async () => {
    await palette("Go to Hello");
    await driver.state("Off");
    await page.keyboard.press("F5");
    await driver.state("Running");
    await driver.shows("q stops");
    await page.keyboard.type("a");
    await driver.shows("character a");
    await page.keyboard.press("F6");
    await driver.state("Paused");

    await palette("Layout: Debug");
    await palette("View Registers");
    await page.locator("[data-register='r8']").waitFor();
    await page.waitForFunction(() => document.activeElement?.closest("[data-register='pswMask']"));
    for (let tries = 0; tries < 20 && !/^r\d/.test(await focused()); tries++)
      await page.keyboard.press("ArrowDown");
    // As many rows down as fit, then along the row: whatever the columns are at this width.
    for (let tries = 0; tries < 20 && (await focused()) !== "r8"; tries++) {
      const before = Number((await focused()).slice(1));
      await page.keyboard.press("ArrowDown");
      if (Number((await focused()).slice(1)) <= 8 && (await focused()) !== `r${before}`) continue;
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowRight");
    }
    expect(await focused()).toBe("r8");
    expect(await page.locator("[data-register='r8'] .value").innerText()).toMatch(/^[▸◦]?0{15}1$/);

    await palette("View Disassembly");
    await page.waitForFunction(() => document.activeElement?.ariaLabel === "Instructions");
    await page.keyboard.press("F9");
    await page.locator(".gutter", { hasText: "●" }).waitFor();
    await palette("View Console");
    await page.keyboard.press("F5");
    await driver.state("Running");
    for (let tries = 0; tries < 20 && !(await isIn("xterm-helper-textarea")); tries++)
      await page.keyboard.press("Control+Backquote");
    await page.keyboard.type("b");
    await driver.state("Paused");
    await page.getByTestId("stopped-by").getByText(/^Breakpoint: vCPU 0 at/).waitFor();
    await palette("View Disassembly");
    await page.keyboard.press("F9");
    await page.locator(".gutter", { hasText: "●" }).waitFor({ state: "detached" });
    await page.keyboard.press("F5");
    await driver.shows("character b");
  });
  const isIn = (name: string): Promise<boolean> =>
    page.evaluate((wanted) => document.activeElement!.classList.contains(wanted), name);

  it("says the keys of the panel in front", async () => {
    await palette("View Memory");
    await page.keyboard.press("F1");
    await page.getByRole("dialog").getByText("Follow the pointer").waitFor();
    await page.keyboard.press("Escape");
  });

  /** The theme is as the desktop's: each needs one message to the page, and no menu. */
  const desktops = {
    dark: { colorScheme: "dark", contrast: "no-preference" },
    light: { colorScheme: "light", contrast: "no-preference" },
    contrast: { colorScheme: "dark", contrast: "more" },
  } as const;

  it("has no serious finding of axe-core in any panel, in any theme", async () => {
    await driver.run("theme.system");
    const found: Record<string, string[]> = {};
    const look = async (where: string): Promise<void> => {
      for (const [theme, desktop] of Object.entries(desktops)) {
        await page.emulateMedia(desktop);
        await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
        // What does not hang on colours is the same in every theme.
        const findings = await seriousFindings(page, theme === "dark" ? "all" : "colours");
        if (findings.length > 0) found[`${where}, ${theme}`] = findings;
      }
    };
    await driver.run("layout.Console");
    await look("console");
    await page.locator("[data-menu='View']").click();
    const ids = await page
      .locator("[data-entry^='panel.'][role='menuitemcheckbox']")
      .evaluateAll((entries) => entries.map((entry) => (entry as HTMLElement).dataset.entry!));
    await look("menu");
    await page.keyboard.press("Escape");
    for (const id of ids.filter((panel) => panel !== "panel.console")) {
      await driver.run("layout.Console");
      await driver.run(id);
      await look(id);
    }
    for (const [keys, what] of [["Control+Shift+P", "palette"], ["F1", "keys"]] as const) {
      await page.keyboard.press(keys);
      await page.getByRole("dialog").waitFor();
      await look(what);
      await page.keyboard.press("Escape");
    }
    await page.keyboard.press("Control+Shift+A");
    await look("new guest");
    await driver.select("hello");
    expect(found).toEqual({});
  }, 1_200_000);

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
