/** The serve host and a page: what is lost, repeated, held back and told, over real sockets. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve, type Served } from "../../../src/main/hosts/serve.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { eventually } from "../../kit/eventually.ts";
import { FakeGuests } from "../../kit/fakeGuests.ts";
import { PageClient } from "../../kit/pageClient.ts";

const guests = new FakeGuests();
const workerUrl = new URL("../../kit/fakeEngineWorker.ts", import.meta.url);
const workbench = new Workbench({ guests, workerUrl, consoleBytes: 2 ** 20 });
let served: Served;

beforeAll(async () => {
  const pageFolder = mkdtempSync(join(tmpdir(), "latchwork-page-"));
  served = await serve({ workbench, version: "0", pageFolder });
});
afterAll(async () => {
  await served.close();
  await workbench.close();
});

describe("a page", () => {
  it("that comes back goes on at the byte where it left, and two pages see the same", async () => {
    const first = await PageClient.open(served);
    await first.host.hello();
    await first.host.startMachine({ id: "hello" });
    expect(await first.host.attachConsole({ id: "hello", fromOffset: 0 })).toMatchObject({ ok: true });
    await eventually("the prompt", () => first.text("hello").includes("/ # "));
    await first.type("hello", "one\r");
    await eventually("an answer", () => first.text("hello").includes("one: not found\r\n/ # "));
    const seen = first.text("hello");
    first.socket.close();
    await eventually("gone", () => first.closed);

    const second = await PageClient.open(served);
    await second.host.hello();
    await second.type("hello", "two\r");
    const attached = await second.host.attachConsole({ id: "hello", fromOffset: seen.length });
    expect(attached).toMatchObject({ ok: true, value: { offset: seen.length } });
    await eventually("what was missed", () => second.text("hello").includes("two: not found\r\n/ # "));

    const third = await PageClient.open(served);
    await third.host.hello();
    await third.host.attachConsole({ id: "hello", fromOffset: 0 });
    const whole = seen + second.text("hello");
    await eventually("the whole", () => third.text("hello").length === whole.length);
    expect(third.text("hello")).toBe(whole);
    second.socket.close();
    third.socket.close();
  });

  it("that does not acknowledge gets one window of output and no more; the rest when it does", async () => {
    const page = await PageClient.open(served);
    await page.host.hello();
    await page.host.startMachine({ id: "ticker" });
    await page.host.attachConsole({ id: "ticker", fromOffset: 0 });
    await eventually("the prompt", () => page.text("ticker").includes("/ # "));
    const before = page.text("ticker").length;
    await page.type("ticker", "flood 800000\r");
    const window = 256 * 2 ** 10;
    await eventually("a window", () => page.text("ticker").length >= window);
    const log = workbench.machines.console("ticker");
    await eventually("the flood", () => log.ok && log.value.end > 800_000 + before);
    // Every call is answered while the output waits, and none of it slips through.
    await page.host.hello();
    expect(page.text("ticker").length).toBe(window);
    await eventually("the rest", () => {
      void page.host.ackConsole.asEvent({ id: "ticker", offset: page.text("ticker").length });
      return page.text("ticker").endsWith("/ # ");
    });
    const offsets = page.chunks.filter(({ id }) => id === "ticker");
    for (const [index, chunk] of offsets.entries())
      expect(chunk.offset).toBe(
        index === 0 ? 0 : offsets[index - 1]!.offset + offsets[index - 1]!.bytes.length,
      );
    page.socket.close();
  });

  it("adds a guest from uploaded files, and is told why one is refused", async () => {
    const page = await PageClient.open(served);
    const upload = async (bytes: Uint8Array): Promise<string> => {
      const opened = await page.host.openUpload({ name: "my-kernel", sizeBytes: bytes.length });
      if (!opened.ok) throw new Error(opened.error);
      for (let offset = 0; offset < bytes.length; offset += 1_000)
        expect(
          await page.host.writeUpload({
            ...opened.value,
            offset,
            bytes: bytes.slice(offset, offset + 1_000),
          }),
        ).toMatchObject({ ok: true });
      return opened.value.id;
    };
    const kernel = Uint8Array.from({ length: 2_500 }, (_, index) => index & 0xff);
    const size = { commandLine: "quiet", memoryBytes: 64 * 2 ** 20, cpus: 1 };
    const added = await page.host.addGuest({ title: "Mine", kernel: await upload(kernel), ...size });
    if (!added.ok) throw new Error(added.error);
    expect(guests.specs.get(added.value.id)?.kernel).toEqual({ name: "my-kernel", bytes: kernel });
    const bad = await page.host.addGuest({
      title: "Bad",
      kernel: await upload(Uint8Array.of(0x7f, 0)),
      ...size,
    });
    expect(bad).toMatchObject({ ok: false });
    expect(await page.host.addGuest({ title: "None", kernel: "upload-99", ...size })).toMatchObject({
      ok: false,
    });
    expect(await page.host.removeGuest({ id: added.value.id })).toMatchObject({ ok: true });
    page.socket.close();
  });

  it("hears of a crash with its record, and goes on being answered", async () => {
    const page = await PageClient.open(served);
    await page.host.hello();
    await page.type("hello", "throw\r");
    const crashed = await eventually("the crash", () => {
      const machine = page.machines.get("hello");
      return machine?.phase === "crashed" && machine;
    });
    expect(crashed.reason).toMatchObject({ kind: "engine-fault", record: { seed: 1 } });
    expect((await page.host.hello()).machines.map(({ id }) => id)).toContain("hello");
    page.socket.close();
  });
});
