/**
 * Chromium as a person has it: nothing debugs it but while it is told what to do. A debugger is told of every
 * message between page and host, with its bytes, and costs both of them more than the messages do.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium as browserType } from "playwright-core";
import { chromium } from "../kit/builtApp.ts";
import { browserFlags } from "../kit/windowDriver.ts";
import { WindowHand } from "../kit/windowHand.ts";

/** A window whose page has 1280 by 800 pixels: the rest is the browser's own. */
const WINDOW = "1280,943";

export class OwnBrowser {
  private readonly profile = mkdtempSync(join(tmpdir(), "latchwork-browser-"));
  private readonly process: ChildProcess;

  constructor(url: string) {
    const own = [`--window-size=${WINDOW}`, "--remote-debugging-port=0", `--user-data-dir=${this.profile}`];
    this.process = spawn(chromium, [...browserFlags, ...own, url], { stdio: "ignore" });
  }

  /** Attaches to the page, acts on it and leaves it to itself. */
  async visit<T>(act: (hand: WindowHand) => Promise<T>): Promise<T> {
    const portFile = join(this.profile, "DevToolsActivePort");
    while (!existsSync(portFile)) {
      if (this.process.exitCode !== null) throw new Error("the browser ended before it could be visited");
      await pause(50);
    }
    const [port] = readFileSync(portFile, "utf8").split("\n");
    const browser = await browserType.connectOverCDP(`http://127.0.0.1:${port}`);
    try {
      return await act(new WindowHand(browser.contexts()[0]!.pages()[0]!));
    } finally {
      await browser.close();
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
