/** The script panel with a real editor, a real sandbox and a real guest behind it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestsService } from "../../src/main/services/guests.ts";
import { PageScripts } from "../../src/main/services/scripts.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { built, chromium, chromiumMissing, root } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`scripts in the window${chromiumMissing}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), "latchwork-scripts-"));
  let driver: WindowDriver;
  const output = () => driver.page.locator('[aria-label="Output of the script"]');
  const end = (text: string | RegExp) =>
    driver.page.locator('[data-testid="script-end"]').filter({ hasText: text }).waitFor();
  async function openExample(name: string): Promise<void> {
    await driver.page.selectOption('[data-testid="script-open"]', `example ${name}`);
    await driver.page.waitForFunction(
      (wanted) => document.querySelector<HTMLInputElement>("[data-testid='script-name']")?.value === wanted,
      name,
    );
  }
  /** Puts a text into the editor, as by the clipboard. */
  async function type(text: string): Promise<void> {
    await driver.page.locator(".monaco-editor .view-lines").first().click();
    await driver.page.keyboard.press("Control+A");
    await driver.page.evaluate((value) => navigator.clipboard.writeText(value), text);
    await driver.page.keyboard.press("Control+V");
  }

  beforeAll(async () => {
    const resourcesDir = join(root, "resources");
    const guests = new GuestsService({ dataDir, resourcesDir });
    const workerUrl = pathToFileURL(built("main", "engineWorker.js"));
    const scripts = { folder: join(dataDir, "scripts"), examples: join(resourcesDir, "scripts") };
    driver = await WindowDriver.open(new Workbench({ guests, workerUrl, scripts }));
    await driver.run("panel.script");
    await driver.page.locator(".monaco-editor .view-lines").waitFor({ timeout: 120_000 });
  });
  afterAll(async () => {
    await driver?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("runs an example without a guest, and shows what it prints", async () => {
    await openExample("flic-suppression.ts");
    await driver.page.locator(".monaco-editor").getByText("kvm.s390").first().waitFor();
    await driver.run("script.run");
    await end(/Ended well after/);
    expect(await output().innerText()).toContain("interrupt 2: Dropped");
  });

  it("keeps what can be undone while another layout is shown", async () => {
    await type("const first = 1;\n");
    await type("const second = 2;\n");
    await driver.run("layout.Console");
    await driver.run("panel.script");
    const lines = driver.page.locator(".monaco-editor .view-lines");
    await lines.getByText("second").waitFor();
    await lines.first().click();
    await driver.page.keyboard.press("Control+Z");
    await lines.getByText("first").waitFor();
  });

  it("brings back what was not saved when another script took its place", async () => {
    const lines = driver.page.locator(".monaco-editor .view-lines");
    await type("const precious = 3;\n");
    await openExample("flic-suppression.ts");
    await driver.page.getByText("Ctrl-Z in the editor brings its text back.").waitFor();
    await lines.getByText("suppression").first().waitFor();
    await lines.first().click();
    await driver.page.keyboard.press("Control+Z");
    await lines.getByText("precious").waitFor();
  });

  it("says what is saved under which name, and goes on after a run that was refused", async () => {
    const saved = driver.page.getByTestId("script-saved");
    await openExample("flic-suppression.ts");
    expect(await saved.innerText()).toBe("saved");
    await driver.page.fill('[data-testid="script-name"]', "mine.ts");
    expect(await saved.innerText()).toBe("not saved");
    const others = Array.from({ length: 4 }, () => {
      const page = new PageScripts(driver.workbench, { output: () => undefined, ended: () => undefined });
      expect(page.start({ source: "for (;;);", file: "x.ts", grants: [], seconds: 600 }).ok).toBe(true);
      return page;
    });
    await driver.run("script.run");
    await driver.page.getByText("4 scripts run on this host already. Stop one first.").waitFor();
    expect(await driver.page.locator('[data-command="script.stop"]').isDisabled()).toBe(true);
    for (const page of others) page.close();
    const end = driver.page.getByTestId("script-end");
    await expect
      .poll(async () => {
        const said = await end.allInnerTexts();
        // Refused again while the other scripts are still being stopped.
        if (!said.some((text) => /Running|Ended/.test(text))) await driver.run("script.run");
        return said;
      }, { timeout: 60_000 })
      .toEqual([expect.stringContaining("Ended well after")]);
  });

  it("has room for every tool, however low the panel is", async () => {
    const { page } = driver;
    await page.setViewportSize({ width: 1024, height: 400 });
    const [files, run] = await page.locator('[aria-label="Script"] .head').all();
    const bottom = await files!.locator("button").last().boundingBox();
    expect(bottom!.y + bottom!.height).toBeLessThanOrEqual((await run!.boundingBox())!.y + 1);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("drives the machine of the window, with the grants that the example names", async () => {
    await openExample("drive-guest.ts");
    expect(await driver.page.locator('[data-grant="drive"]').isChecked()).toBe(true);
    expect(await driver.page.locator('[data-grant="inject"]').isChecked()).toBe(false);
    await driver.page.uncheck('[data-grant="drive"]');
    await driver.run("script.run");
    await end(/needs the grant "drive"/);
    await driver.page.check('[data-grant="drive"]');
    await driver.run("script.run");
    await end(/Ended well after/);
    expect(await output().innerText()).toContain("it said: Hello from a bare s390x machine");
  });

  it("plays a scenario both ways", async () => {
    await openExample("own-scenario.ts");
    await driver.run("script.run");
    await end(/Scenario own-mode-left-single passed, and each of its defects breaks it/);
  });

  it("stops an endless script, and says where a wrong one is wrong", async () => {
    await type("for (;;);");
    await driver.run("script.run");
    await end("Running …");
    await driver.run("script.stop");
    await end("The script was stopped.");
    await type("const one = 1;\nconst two = ;");
    await driver.run("script.run");
    await end("Line 2, column 13");
  });

  it("keeps a script as a file, and has it back", async () => {
    await type("console.log(6 * 7);");
    await driver.page.fill('[data-testid="script-name"]', "answer.ts");
    await driver.run("script.save");
    await driver.page.locator('[data-testid="script-saved"]', { hasText: /^saved$/ }).waitFor();
    expect(readFileSync(join(dataDir, "scripts", "answer.ts"), "utf8")).toBe("console.log(6 * 7);");
    await driver.run("script.new");
    await driver.page.selectOption('[data-testid="script-open"]', "file answer.ts");
    await driver.page.locator(".monaco-editor").getByText("console").first().waitFor();
    await driver.run("script.run");
    await end(/Ended well/);
    expect(await output().innerText()).toMatch(/^42$/m);
  });

  it("is shown in every theme, in the window's own colours", async () => {
    const backgrounds = new Set<string>();
    for (let round = 0; round < 4; round++) {
      await driver.run("window.theme");
      const background = await driver.page.waitForFunction(() => {
        const [editor, page] = [".monaco-editor-background", '[aria-label="Output of the script"]'].map(
          (place) => getComputedStyle(document.querySelector(place)!).backgroundColor);
        return editor === page ? editor : undefined;
      });
      backgrounds.add(String(await background.jsonValue()));
    }
    expect(backgrounds.size).toBe(3);
  });

  it("knows the API's types, under the window's security policy", async () => {
    await type('kvm.s390({ profile: "linux-3.0" });\n');
    await driver.page.locator(".monaco-editor .squiggly-error").first().waitFor({ timeout: 120_000 });
    await type('kvm.s390({ profile: "linux-6.1" });\n');
    await driver.page.locator(".monaco-editor .squiggly-error").first().waitFor({ state: "detached" });
    await driver.page.locator(".view-lines").getByText("kvm", { exact: true }).hover();
    await driver.page.locator(".monaco-hover").getByText(/kvm: \S/).first().waitFor();
    expect(driver.complaints).toEqual([]);
  });
});
