/** The window as a person uses it: Chromium, the built page, the real host; the engine is the fake worker. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workbench } from "../../src/main/services/workbench.ts";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { FakeGuests } from "../kit/fakeGuests.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the window${chromiumMissing}`, () => {
  const guests = new FakeGuests();
  const workerUrl = new URL("../kit/fakeEngineWorker.ts", import.meta.url);
  const workbench = new Workbench({ guests, workerUrl });
  let driver: WindowDriver;

  beforeAll(async () => {
    driver = await WindowDriver.open(workbench);
  });
  afterAll(async () => {
    await driver?.close();
  });

  it("takes the token out of the address bar and keeps it through a reload", async () => {
    expect(driver.page.url()).toBe(`${driver.served.origin}/`);
    await driver.page.reload();
    await driver.page.waitForSelector("[data-guest]");
  });

  it("runs two guests, each in its own console", async () => {
    await driver.start("hello");
    await driver.shows("/ #");
    await driver.typeLine("first guest");
    await driver.shows("first guest: not found");
    await driver.start("ticker");
    await driver.shows("/ #");
    await driver.typeLine("second guest");
    expect(await driver.shows("second guest: not found")).not.toContain("first");
    await driver.page.getByRole("tab", { name: "Hello, console" }).click();
    expect(await driver.shows("first guest: not found")).not.toContain("second");
  });

  it("shows figures that count", async () => {
    const figure = driver.page.locator('[data-testid="instructions"]');
    const before = await figure.innerText();
    await driver.page.waitForFunction(
      (text) => document.querySelector('[data-testid="instructions"]')?.textContent !== text,
      before,
    );
    expect(before).toMatch(/^i = [\d\u2009]+$/);
  });

  it("pauses and resumes by F6 and F5, from inside the console", async () => {
    await driver.page.locator(".xterm-helper-textarea").focus();
    await driver.page.keyboard.press("F6");
    await driver.state("Paused");
    await driver.page.keyboard.press("F5");
    await driver.state("Running");
  });

  it("gives the keyboard back by Ctrl-`, moves in the list by arrows, enters the console", async () => {
    const focused = (): Promise<string> =>
      driver.page.evaluate(
        () => (document.activeElement as HTMLElement).dataset.guest ?? document.activeElement!.className,
      );
    await driver.page.locator(".xterm-helper-textarea").focus();
    await driver.page.keyboard.press("Control+Backquote");
    expect(await focused()).toBe("hello");
    await driver.page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("ticker");
    await driver.shows("second guest: not found");
    expect(await focused()).toBe("ticker");
    await driver.page.keyboard.press("ArrowUp");
    await driver.shows("first guest: not found");
    await driver.page.keyboard.press("Control+Backquote");
    expect(await focused()).toContain("xterm-helper-textarea");
  });

  it("finds text in the scrollback, and copies and pastes", async () => {
    await driver.select("hello");
    await driver.typeLine("flood 16000");
    await driver.typeLine("needle");
    await driver.shows("needle: not found");
    await driver.page.keyboard.press("Control+Shift+F");
    await driver.page.keyboard.type("first guest: not");
    await driver.page.getByText("1 of 1").waitFor();
    await driver.shows("first guest: not found");
    await driver.page.keyboard.press("Escape");
    await driver.page.keyboard.press("Control+Shift+C");
    expect(await driver.page.evaluate(() => navigator.clipboard.readText())).toBe("first guest: not");
    await driver.command("console.paste");
    expect(await driver.page.evaluate(() => document.activeElement!.className)).toContain("xterm");
    await driver.shows("/ # first guest: not");
    await driver.page.keyboard.press("Enter");
    await driver.shows("first guest: not: not found");
  });

  it("loses nothing when the page is loaded again, and goes on", async () => {
    const before = await driver.screen();
    await driver.page.reload();
    await driver.select("hello");
    await driver.shows("first guest: not: not found");
    expect(await driver.screen()).toBe(before);
    await driver.typeLine("after");
    await driver.shows("after: not found");
  });

  it("fits the terminal to its room", async () => {
    const rows = (): Promise<number> => driver.page.locator(".xterm-rows > div").count();
    const tall = await rows();
    await driver.page.setViewportSize({ width: 1280, height: 600 });
    await driver.page.waitForFunction((n) => document.querySelectorAll(".xterm-rows > div").length < n, tall);
    await driver.page.setViewportSize({ width: 1280, height: 800 });
    await driver.page.waitForFunction(
      (n) => document.querySelectorAll(".xterm-rows > div").length === n,
      tall,
    );
  });

  it("says why a guest crashed and starts it again", async () => {
    await driver.select("ticker");
    await driver.typeLine("throw");
    await driver.state("Crashed");
    await driver.page.getByText("The engine failed").waitFor();
    await driver.page.getByRole("button", { name: "Copy crash record" }).click();
    const record = JSON.parse(await driver.page.evaluate(() => navigator.clipboard.readText())) as object;
    expect(record).toMatchObject({ guest: "ticker", reason: { kind: "engine-fault", record: { seed: 1 } } });
    await driver.page.getByRole("button", { name: "Start again" }).click();
    await driver.state("Running");
    await driver.shows("/ #");
    expect(await driver.screen()).not.toContain("second guest");
  });

  it("asks before it powers off", async () => {
    await driver.command("machine.powerOff");
    await driver.page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await driver.state("Running");
    await driver.command("machine.powerOff");
    await driver.page.getByRole("dialog").getByRole("button", { name: "Power off" }).click();
    await driver.state("Off");
    await driver.page.locator(".end", { hasText: "Powered off" }).waitFor();
  });

  it("fetches Debian with progress, cancels, goes on, and then offers to start it", async () => {
    await driver.select("debian-12-s390x");
    await driver.page.locator(".page").getByRole("button", { name: "Fetch" }).click();
    await driver.page.waitForSelector(".page [role='progressbar']");
    guests.fetching!.progress({
      step: "Fetching the kernel",
      doneBytes: 4 * 2 ** 20,
      totalBytes: 16 * 2 ** 20,
    });
    await driver.page.locator(".page").getByText("4 MiB of 16 MiB").waitFor();
    expect(await driver.page.locator(".page [role='progressbar']").getAttribute("aria-valuenow")).toBe("25");
    await driver.page.locator(".page").getByRole("button", { name: "Cancel" }).click();
    await driver.page.locator(".page").getByRole("button", { name: "Go on fetching" }).click();
    await driver.page.waitForSelector(".page [role='progressbar']");
    guests.fetching!.finish();
    await driver.page.locator(".page").getByRole("button", { name: "Start" }).waitFor();
    await driver.start("debian-12-s390x");
    await driver.shows("/ #");
  });

  it("adds a guest, says what is wrong with one, and removes it", async () => {
    await driver.page.keyboard.press("Control+Shift+A");
    await driver.page.getByRole("button", { name: "Add guest", exact: true }).last().click();
    await driver.page.getByText("No file is chosen.").waitFor();
    await driver.page.setInputFiles("#kernel", {
      name: "a.elf",
      mimeType: "",
      buffer: Buffer.from("\x7fELF\x02\x01"),
    });
    await driver.page.getByText("is an ELF file for machine").waitFor();
    const kernel = Buffer.alloc(2_500_000, 7);
    await driver.page.setInputFiles("#kernel", { name: "my-kernel.img", mimeType: "", buffer: kernel });
    await driver.page.fill("#command-line", "quiet");
    await driver.page.getByRole("button", { name: "1 GiB" }).click();
    await driver.page.getByRole("button", { name: "Add guest", exact: true }).last().click();
    await driver.page.getByRole("heading", { name: "my-kernel" }).waitFor();
    const [spec] = [...guests.specs.values()];
    expect(spec).toMatchObject({ title: "my-kernel", commandLine: "quiet", memoryBytes: 2 ** 30, cpus: 1 });
    expect(Buffer.compare(spec!.kernel.bytes, kernel)).toBe(0);
    await driver.page.getByRole("button", { name: "Remove" }).click();
    await driver.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await driver.page.locator('[data-guest^="user-"]').waitFor({ state: "detached" });
  });

  it("ran all of this without a complaint from the page or from its policy", () => {
    expect(driver.complaints).toEqual([]);
  });
});
