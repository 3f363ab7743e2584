/** What a person does at the window, whoever opened it. */
import type { Page } from "playwright-core";

export class WindowHand {
  readonly page: Page;
  /** The menu that each command was seen in. */
  private readonly menuOf = new Map<string, string>();

  constructor(page: Page) {
    this.page = page;
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
