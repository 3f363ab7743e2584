/** A real guest's interrupt controller in the window: its state, what is sent to it, where values lead. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, chromiumMissing } from "../kit/builtApp.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`the interrupt controller's panel${chromiumMissing}`, () => {
  let driver: WindowDriver;
  const answer = (text: string | RegExp) => driver.page.getByTestId("errno").getByText(text).waitFor();
  const form = () => driver.page.getByRole("form", { name: "Device attribute" });
  const send = async (attribute: string, fields: Record<string, string> = {}): Promise<void> => {
    await driver.page.getByLabel("Attribute", { exact: true }).selectOption(attribute);
    for (const [name, value] of Object.entries(fields))
      await form().getByLabel(name, { exact: true }).fill(value);
    await form().getByRole("button", { name: "Send" }).click();
  };

  beforeAll(async () => void (driver = await WindowDriver.openGuests()));
  afterAll(() => driver?.close());

  it("shows every ISC with the CPUs that are open to it, and what was decided", async () => {
    const { page } = driver;
    await driver.select("hello");
    await driver.run("layout.Interrupts");
    await driver.command("machine.run");
    await page.locator("[data-isc='7'][data-mode='all']").waitFor();
    expect(await page.locator("[data-isc]").count()).toBe(8);
    await driver.shows("q stops");
    await page.getByRole("log", { name: "Decisions" }).getByText(/accepted/).first().waitFor();
    await page.locator("[data-isc='0']").getByText("open: none; of them idle: none").waitFor();
    await page.getByTestId("gisa").getByText("GISA format 1 · IPM 00 · IAM 00").waitFor();
    await page.getByLabel("Filter the decisions").fill("nothing is called this");
    await page.getByRole("log", { name: "Decisions" }).locator(".row").first().waitFor({ state: "detached" });
    await page.getByLabel("Filter the decisions").fill("");
  });

  it("answers errno by name and number, with the reason, and refuses to send what is no number", async () => {
    const { page } = driver;
    await page.locator("[data-isc='3']").getByRole("button", { name: "SINGLE" }).click();
    await answer("AISM isc 3 SINGLE → -EOPNOTSUPP (-95)");
    await page.getByText("facility 72) is not offered to this guest").waitFor();
    await send("airq", { adapter: "63" });
    await answer("AIRQ_INJECT adapter 63 → -EINVAL (-22)");
    await page.getByLabel("Attribute", { exact: true }).selectOption("adapter");
    await form().getByLabel("ISC", { exact: true }).fill("many");
    await page.getByText('ISC is a number from 0 to 255, not "many".').waitFor();
    expect(await form().getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  });

  it("takes interrupts of every kind, shows them decoded, and reads them back", async () => {
    const { page } = driver;
    await page.keyboard.press("F6");
    await driver.state("Paused");
    await send("io", { subchannel_nr: "0005", ISC: "3" });
    await answer("ENQUEUE I/O isc 3 → 0");
    await send("machineCheck");
    await answer("ENQUEUE machine check → 0");
    await page.getByTestId("pending").getByText("subchannel_nr 0005 (0.0.0005)").waitFor();
    await page.getByTestId("pending").getByText("(channel report pending)").waitFor();
    await send("readAll");
    await answer("GET_ALL_IRQS → 2");
    await page.getByText("1: io, type 00000005").waitFor();
  });

  it("shows no answer of one machine beside another's state", async () => {
    const { page } = driver;
    await driver.start("timer-sigp");
    await page.locator("[data-isc='7']").waitFor();
    expect(await page.getByTestId("errno").count()).toBe(0);
    await driver.select("hello");
    await page.getByTestId("pending").getByText("(channel report pending)").waitFor();
  });

  it("leads to an ISC's row from what is pending, a decision, a bit of control register 6", async () => {
    const { page } = driver;
    const row = (isc: number) => page.locator(`tr[data-isc='${isc}'] button:focus`);
    await page.getByTestId("pending").locator("[data-value='isc']").first().click();
    await row(3).waitFor();
    await page.locator("tr[data-isc='0'] button").first().focus();
    const decision = page.getByRole("log", { name: "Decisions" }).locator("[data-value='isc']").first();
    expect(await decision.innerText()).toBe("3");
    await decision.press("Enter");
    await row(3).waitFor();
    await driver.run("panel.registers");
    const bits = page.getByLabel("Registers", { exact: true }).locator("[data-isc]");
    await bits.nth(7).waitFor();
    expect(await bits.count()).toBe(8);
    await bits.nth(5).press("i");
    await row(5).waitFor();
    await bits.nth(6).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Show ISC 6 in the interrupt controller" }).press("Enter");
    await row(6).waitFor();
    await row(6).press("Enter");
    expect(await page.getByLabel("Filter the interrupts").inputValue()).toBe("isc=6");
    await page.getByLabel("Filter the interrupts").fill("");
  });

  it("has a menu at plain numbers too, by mouse and by keyboard", async () => {
    const { page } = driver;
    const field = page.getByTestId("pending").locator("[data-plain]").getByText("0005", { exact: true });
    await field.first().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Copy the value" }).press("Enter");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("0005");
    await page.locator("tr[data-isc='3'] button").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("tr[data-isc='3'] [data-plain]:focus").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.locator("tr[data-isc='4'] [data-plain]:focus").press("Enter");
    expect(await page.getByLabel("Filter the interrupts").inputValue()).toBe("isc=4");
    await page.getByLabel("Filter the interrupts").fill("");
    await page.getByTestId("gisa").locator("[data-plain]").first().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Copy the value" }).press("Enter");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("00");
  });

  it("holds its decisions while a person scrolls, whatever the guest goes on with", async () => {
    const { page } = driver;
    const log = page.getByRole("log", { name: "Decisions" });
    for (let times = 0; times < 12; times++) await send("io", { subchannel_nr: "0006", ISC: "4" });
    await answer("ENQUEUE I/O isc 4 → 0");
    await log.getByText("IO_ISC_4").first().waitFor();
    await log.evaluate((list) => list.scrollTo(0, 40));
    await page.getByText(/^Decisions \(last \d+\), held while scrolled$/).waitFor();
    const held = await log.innerText();
    await send("io", { subchannel_nr: "0007", ISC: "4" });
    await page.getByTestId("pending").getByText("0007", { exact: true }).first().waitFor();
    expect(await log.innerText()).toBe(held);
    await log.evaluate((list) => list.scrollTo(0, 0));
    await page.getByText(/^Decisions \(last \d+\)$/).waitFor();
    await expect.poll(() => log.innerText(), { timeout: 60_000 }).not.toBe(held);
    await send("clear");
    await answer("CLEAR_IRQS → 0");
    await send("io", { subchannel_nr: "0005", ISC: "3" });
    await answer("ENQUEUE I/O isc 3 → 0");
  });

  it("leads from a pending interrupt to the timeline and why it waits; its menu copies", async () => {
    const { page } = driver;
    const link = page.getByTestId("pending").locator("[data-value='interrupt']").first();
    const id = await link.innerText();
    await link.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Copy as hex" }).press("Enter");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(`0x${Number(id).toString(16)}`);
    await send("service", { SCCB: "12340" });
    const address = page.getByTestId("pending").locator("[data-value='address']").first();
    await address.press("w");
    await address.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Do not break when the 8 bytes change" }).press("Enter");
    await address.click({ button: "right" });
    await page.getByRole("menuitem", { name: /^Break when the 8 bytes change/ }).waitFor();
    await page.keyboard.press("Escape");
    await address.click();
    await page.locator("[data-row='0000000000012340']").waitFor();
    expect(await page.getByLabel("Kind of address").inputValue()).toBe("absolute");
    await link.click();
    await page.getByTestId("why").getByText("Pending as IO_ISC_3: no CPU is open to it.").waitFor();
    await page.getByText("vCPU 0: CR6 bit 35 (I/O-interruption subclass 3) is zero").waitFor();
    await send("clear");
    await answer("CLEAR_IRQS → 0");
    await page.getByText("Nothing is pending.").waitFor();
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
