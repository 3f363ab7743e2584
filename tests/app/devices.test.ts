/** Machines of devices alone, as a person uses them in the window: real scenarios in their real worker. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workbench } from "../../src/main/services/workbench.ts";
import { built, chromium, chromiumMissing } from "../kit/builtApp.ts";
import { FakeGuests } from "../kit/fakeGuests.ts";
import { WindowDriver } from "../kit/windowDriver.ts";

describe.skipIf(!existsSync(chromium))(`device machines in the window${chromiumMissing}`, () => {
  let driver: WindowDriver;

  beforeAll(async () => {
    const workerUrl = pathToFileURL(built("main", "engineWorker.js"));
    driver = await WindowDriver.open(new Workbench({ guests: new FakeGuests(), workerUrl }));
    await driver.run("layout.Device machine");
  });
  afterAll(async () => {
    await driver?.close();
  });

  const stepIs = (step: number) =>
    driver.page.locator(`[data-step="${step}"][aria-selected="true"]`).waitFor();
  async function open(scenario: string): Promise<void> {
    const { page } = driver;
    await page.getByLabel("Filter the scenarios").fill(scenario);
    await page.locator(`[data-scenario="${scenario}"]`).focus();
    await page.keyboard.press("Enter");
    await stepIs(0);
  }

  async function makeByHand(kind: string): Promise<void> {
    await driver.page.getByTestId("hand-kind").selectOption(kind);
    await driver.page.getByTestId("hand-start").click();
    await stepIs(0);
  }

  /** Texts of what is wider than its place. */
  const cutOff = (selector: string) => driver.page.locator(selector).evaluateAll((found) => {
    const cut = found.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    return cut.map(({ textContent }) => textContent);
  });

  it("says what would be there, and how much is known of each scenario", async () => {
    const { page } = driver;
    await page.getByText("The steps of a machine without a guest CPU show here.").waitFor();
    await page.getByLabel("Filter the scenarios").fill("derived passthrough");
    await page.locator("[data-scenario]", { hasText: "derived from source" }).first().waitFor();
    expect(await page.locator("[data-scenario]", { hasText: "report read" }).count()).toBe(0);
    await page.getByLabel("Filter the scenarios").fill("nothing has this name");
    await page.getByText("No scenario has").waitFor();
  });

  it("steps forward and back by keyboard, and judges the claims", async () => {
    const { page } = driver;
    await open("queue-page-never-released");
    await page.locator("[data-holds]").first().waitFor();
    await page.getByRole("listbox", { name: "Steps", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await stepIs(1);
    await page.keyboard.press("End");
    await stepIs(2);
    await page.getByText("1 of 1 hold at the end").waitFor();
    await page.keyboard.press("ArrowUp");
    await stepIs(1);
    await page.keyboard.press("]");
    await stepIs(2);
  });

  it("shows what a defect breaks at the step where it stands", async () => {
    const { page } = driver;
    await page.locator('[data-defect="xive.queue.leakPage"]').check();
    const claim = page.locator("[data-claim='one page is held'][data-holds='false']");
    await claim.getByText("seen 3, expected 1").waitFor();
    await stepIs(2);
    await page.getByTestId("device-as-of").getByText("with xive.queue.leakPage").first().waitFor();
  });

  it("has room at 1280 pixels for every tab and the words of a state", async () => {
    const { page } = driver;
    expect(await page.locator(".dv-tabs-container").count()).toBe(3);
    expect(await cutOff(".dv-tabs-container")).toEqual([]);
    const state = page.locator(".whose .state");
    await state.evaluate((one) => one.append(" and as many words as no state has"));
    expect((await state.boundingBox())!.height).toBeLessThan(30);
  });

  it("shows a second window the same, and follows it", async () => {
    const other = await driver.page.context().newPage();
    await other.goto(driver.served.url);
    await other.locator('[data-step="2"][aria-selected="true"]').waitFor();
    await other.locator('[data-step="0"]').click();
    await stepIs(0);
    await other.close();
  });

  it("shows all sources as cells, and goes from a cell to the way of its events and back", async () => {
    const { page } = driver;
    await open("queue-page-not-marked");
    await page.getByRole("listbox", { name: "Steps", exact: true }).focus();
    await page.keyboard.press("End");
    const cell = page.getByTestId("esb-cell");
    await cell.getByText("LISN 0x1300 (device) · PQ 10 pending · claimed").waitFor();
    await page.getByText(/ring of 16.384, index 1, generation 1/).waitFor();
    await cell.getByText("1 event").waitFor();
    await page.getByTestId("esb-heat").getByText("1 event in all").waitFor();
    await page.getByRole("button", { name: "Count from here" }).click();
    await page.getByTestId("esb-heat").getByText("0 events since the mark").waitFor();
    await page.getByRole("button", { name: "Count all" }).click();
    await page.getByTestId("esb-last").getByText("#1 ").waitFor();
    expect(await page.locator(".ring [data-written='true']").innerText()).toContain("80000042");
    const map = page.getByRole("application", { name: "Sources by number" });
    await map.focus();
    // Narrow as it is here, the map scrolls; the cursor is in sight, and no column is beside the panel.
    const hidden = await map.evaluate(({ parentElement }) => {
      const { scrollWidth, clientWidth, scrollTop } = parentElement!;
      return { beside: scrollWidth - clientWidth, isAtCursor: scrollTop > 100 };
    });
    expect(hidden).toEqual({ beside: 0, isAtCursor: true });
    await page.keyboard.press("ArrowRight");
    await cell.getByText("LISN 0x1301 (device) · PQ 01 off · not claimed").waitFor();
    await page.getByTestId("why").getByText("Nobody has claimed this number.").waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.locator(".chain:focus").waitFor();
    await page.keyboard.press("Backspace");
    await page.locator("canvas:focus").waitFor();
    await page.getByRole("button", { name: "As table" }).click();
    await page.locator("[data-lisn='4864']").waitFor();
    await page.getByRole("button", { name: "As table" }).click();
  });

  it("rings a passed-through source, and marks the page that a defect leaves behind", async () => {
    const { page } = driver;
    await open("stale-page-after-mapping");
    await page.getByRole("listbox", { name: "Steps", exact: true }).focus();
    await page.keyboard.press("End");
    await page.getByTestId("esb-cell").getByText("passed through").waitFor();
    await page.locator("[data-defect]").first().check();
    await page.getByTestId("esb-cell").getByText("a page leads to the other source").waitFor();
    await page.locator("[data-stale='true']").first().waitFor();
  });

  it("shows both sources of a passed-through interrupt, and the rule that a defect breaks", async () => {
    const { page } = driver;
    await driver.run("panel.passthrough");
    const panel = page.getByRole("region", { name: "Passthrough" });
    await panel.getByRole("alert").getByText("leads to an IPI that is not selected").first().waitFor();
    await panel.getByText("PHB source 0, selected").waitFor();
    await panel.getByText("IPI 0, not selected").waitFor();
    await panel.locator("[data-area='1']").waitFor();
    await page.locator("[data-defect]").first().uncheck();
    await panel.getByText("No rule of passthrough is broken.").waitFor();
  });

  it("shows the AP matrix, with each queue's indicator, ISC and hardware", async () => {
    const { page } = driver;
    await open("ap-busy-reset-gives-up");
    await page.locator("[data-sight='ap']").click();
    await page.locator("[data-queue='05.0004']").getByText("■").waitFor();
    await page.getByRole("listbox", { name: "Steps", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await stepIs(1);
    await page.getByTestId("ap-queue").getByText("0x1234").waitFor();
    await page.getByTestId("ap-queue").getByText("interrupts on, ISC 3").waitFor();
  });

  it("explores a litmus program, and plays the forbidden outcome that a missing barrier allows", async () => {
    const { page } = driver;
    await driver.run("panel.litmus");
    const lost = page.locator("[data-outcome='lost']");
    await lost.getByText("never").waitFor();
    await page.locator("[data-barrier='after mode=IN']").uncheck();
    await lost.getByText(/^in \d/).waitFor();
    await lost.getByRole("button", { name: "Play" }).click();
    const moment = page.getByTestId("litmus-moment");
    await moment.getByText("the beginning").waitFor();
    await page.getByLabel("Interleaving").focus();
    await page.keyboard.press("ArrowRight");
    await moment.getByText("step 1 of").waitFor();
    await page.keyboard.press("End");
    await page.locator("[data-holding='lost']").waitFor();
    await page.locator("[data-lane='vCPU'] .now[data-kind='guest']").waitFor();
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: "By myself from here" }).click();
    await page.locator("[data-offer='0']").click();
    await moment.getByText("step 1 of 1").waitFor();
  });

  it("makes an arm64 machine whose timer's PPI becomes pending and active, step by step", async () => {
    const { page } = driver;
    await makeByHand("arm");
    await driver.run("panel.arm");
    const make = async (step: number, call: string, values: Record<string, string> = {}): Promise<void> => {
      await page.getByTestId("hand-call").selectOption({ label: call });
      for (const [field, value] of Object.entries(values)) {
        const at = page.locator(`[data-field='${field}']`);
        if ((await at.evaluate((element) => element.tagName)) === "SELECT") await at.selectOption(value);
        else await at.fill(value);
      }
      await page.getByTestId("hand-make").click();
      await stepIs(step);
    };
    const answer = (step: number, text: string) =>
      page.locator(`[data-step="${step}"] .answer`, { hasText: text }).waitFor();
    await make(1, "attribute of a vCPU", { attribute: "TIMER IRQ_VTIMER", value: "15" });
    await answer(1, "-EINVAL");
    await make(2, "attribute of a vCPU", { attribute: "PMU IRQ", value: "23" });
    await make(3, "attribute of a vCPU", { attribute: "PMU INIT" });
    await make(4, "KVM_RUN, up to the guest's entry");
    await answer(4, "enters the guest");
    await make(5, "the guest writes a timer's register", { register: "CNTV_CTL_EL0", value: "1" });
    const ppi = page.locator("[data-ppi='27']");
    await page.locator("[data-ppi='27'][data-pending='true'][data-active='false']").waitFor();
    await page.getByTestId("ppi-why").getByText("GICR_ISENABLER0 bit 27 is zero").waitFor();
    await make(6, "the guest enables a PPI, its group and all priorities");
    await page.getByTestId("ppi-why").getByText("signalled: the next acknowledge takes it").waitFor();
    await make(7, "the guest accesses its CPU interface");
    await page.locator("[data-ppi='27'][data-active='true']").waitFor();
    await ppi.focus();
    await page.keyboard.press("ArrowUp");
    await page.getByTestId("ppi-why").getByText("INTID 26: not pending").waitFor();
    await page.getByRole("region", { name: "ARM interrupts" }).getByLabel("vCPU").selectOption("1");
    await page.locator("[data-ppi='27'][data-active='false']").waitFor();
    await driver.run("panel.books");
    await page.getByTestId("balance").getByText("1 raised = 1 accepted").waitFor();
  });

  it("makes a machine by hand, call by call, and refuses an argument with a sentence", async () => {
    const { page } = driver;
    await makeByHand("passthrough-S3-overlay");
    await page.setViewportSize({ width: 1024, height: 700 });
    const form = page.locator("form", { has: page.getByTestId("hand-call") });
    expect(await form.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await makeByHand("s390");
    const make = async (call: string): Promise<void> => {
      await page.getByTestId("hand-call").selectOption({ label: call });
      await page.getByTestId("hand-make").click();
    };
    await make("register a suppressible adapter");
    await stepIs(1);
    await make("set the suppression mode");
    await stepIs(2);
    for (const step of [3, 4]) {
      await make("inject an adapter's interrupt");
      await stepIs(step);
    }
    await page.locator("[data-field='adapter']").fill("seven");
    await page.getByTestId("hand-make").click();
    await page.getByText('"seven" is no number').waitFor();
    await stepIs(4);
  });

  it("shows the same suppression matrix as for a guest, and a mode set there is a step", async () => {
    const { page } = driver;
    await driver.run("panel.deviceFlic");
    const panel = page.getByRole("region", { name: "FLIC of the device machine" });
    await panel.locator("[data-isc='3'][data-mode='closed']").waitFor();
    await panel.locator("[data-isc='3']").getByRole("button", { name: "ALL" }).click();
    await stepIs(5);
    await panel.locator("[data-isc='3'][data-mode='all']").waitFor();
    await page.getByRole("listbox", { name: "Steps", exact: true }).focus();
    await page.keyboard.press("ArrowUp");
    await panel.locator("[data-isc='3'][data-mode='closed']").waitFor();
  });

  it("keeps its books: the second interrupt was suppressed by nimm, and says so", async () => {
    const { page } = driver;
    await driver.run("panel.books");
    await page.getByTestId("balance").getByText("2 raised = 1 suppressed + 1 pending").waitFor();
    await page.locator("[data-step='suppressed']").click();
    expect(await cutOff("[aria-label='Steps of interrupts']")).toEqual([]);
    await page.getByTestId("ledger-why").getByText("nimm bit of ISC 3").first().waitFor();
    await page.getByLabel("Filter the ledger").fill("nothing at all");
    await page.getByText("No line has").waitFor();
  });

  it("plays all scenarios with their defects", async () => {
    const { page } = driver;
    await page.getByLabel("Filter the scenarios").fill("");
    await page.getByRole("button", { name: "Play all" }).click();
    const end = page.getByTestId("batch").getByText(/^played (\d+) of \1 .* 0 failed$/);
    await end.waitFor({ timeout: 120_000 });
    expect(await page.locator("[data-passed='true']").count()).toBeGreaterThan(50);
  });

  it("raises no complaint from the page", () => expect(driver.complaints).toEqual([]));
});
