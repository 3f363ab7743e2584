/**
 * Debian's kernel and busybox on the machine with four CPUs and a disk. Needs the fetched guest; without it
 * the tests are skipped by name.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { MachineConfig, RecordedInput } from "../../../src/engine/api/machine.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { dataFolder } from "../../../src/main/dataFolder.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";

const guests = new GuestsService({
  resourcesDir: fileURLToPath(new URL("../../../resources", import.meta.url)), dataDir: dataFolder(),
});
const found = await guests.machineConfig("debian-12-s390x", { pace: "skip" });
const why = found.ok ? "" : " (skipped: run `npm run -s latchwork -- guests fetch debian-12-s390x`)";
const PROMPT = "# \u001b[6n";

interface Session {
  readonly text: string;
  readonly kind: string | undefined;
  readonly traceHash: string;
  readonly input: readonly RecordedInput[];
}

/** Types each command at a prompt of its own; goes on to the end, or to `limit` instructions. */
function run(config: MachineConfig, commands: readonly string[], budget: number, limit = 8e9): Session {
  let text = "";
  const made = S390Ccw.create(config, (bytes) => { text += Buffer.from(bytes).toString("latin1"); });
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const left = [...commands];
  const input: RecordedInput[] = [];
  let answered = 0;
  let kind: string | undefined;
  while (kind === undefined && Number(machine.instructions) < limit) {
    const end = machine.step(budget);
    if (end.kind === "ended") kind = end.reason.kind;
    if (text.indexOf(PROMPT, answered) >= 0 && left.length > 0) {
      answered = text.length;
      const bytes = new TextEncoder().encode(`${left.shift()}\n`);
      input.push({ atNs: Number(machine.now()), bytes });
      machine.consoleInput(bytes);
    } else if (end.kind === "idle") {
      if (end.untilNs === undefined) break;
      machine.skipIdle(end.untilNs);
    }
  }
  return { text: text.replaceAll("\r", ""), kind, traceHash: machine.traceHash, input };
}

describe.skipIf(!found.ok)(`Debian${why}`, () => {
  const disk = (): Uint8Array => Uint8Array.from({ length: 4 << 20 }, (_, i) => (i * 7) >> 9);
  const config = (over: Partial<MachineConfig>): MachineConfig => {
    if (!found.ok) throw new Error(found.error);
    return { ...found.value, memoryBytes: 256 << 20, ...over };
  };

  test("four CPUs: shell, timers, pipes, disk and power off; the same again by the record", () => {
    const commands = [
      "nproc; dd if=/dev/zero bs=1M count=64 | md5sum",
      "time sleep 1",
      "md5sum /dev/vda; echo again > /dev/hvc0",
      "cat /proc/interrupts",
      "poweroff",
    ];
    const session = run(config({ cpus: 4, disk: disk() }), commands, 5_000_000);
    expect(session.kind).toBe("all-stopped");
    expect(session.text).toMatch(/\n4\n/);
    expect(session.text).toContain("7f614da9329cd3aebf59b91aadc30bf0");
    expect(session.text).toContain("real\t0m 1.00s");
    expect(session.text).toContain(`${createHash("md5").update(disk()).digest("hex")}  /dev/vda`);
    expect(session.text).toContain("\nagain\n");
    const counts = (name: string): number[] =>
      (new RegExp(`${name}:((?: +\\d+){4})`).exec(session.text)?.[1] ?? "").trim().split(/ +/).map(Number);
    for (const name of ["CLK", "EMS"])
      expect(
        counts(name).every((n) => n > 0),
        name,
      ).toBe(true);
    // Floating: no CPU has a right to them, and not one of them takes all.
    expect(counts("SCP").filter((n) => n > 0).length).toBeGreaterThan(1);
    for (const name of ["EXC", "VIR", "VAI", "CIO"])
      expect(
        counts(name).some((n) => n > 0),
        name,
      ).toBe(true);

    const again = run(config({ cpus: 4, disk: disk(), input: session.input }), [], 777_777);
    expect(again.text).toBe(session.text);
    expect(again.traceHash).toBe(session.traceHash);
  }, 300_000);

  test("compiled and interpreted: the same trace hash after 150 million instructions", () => {
    for (const cpus of [1, 2]) {
      const hash = (interpreterOnly: boolean): string =>
        run(config({ cpus, interpreterOnly }), [], 1_000_000, 150e6).traceHash;
      expect(hash(true)).toBe(hash(false));
    }
  }, 300_000);

  test("two CPUs: finds card and queues on its AP bus, and again when a reboot has loaded it again", () => {
    const asked = ["ls /sys/bus/ap/devices", "cat /sys/bus/ap/ap_interrupts /sys/bus/ap/ap_domain"];
    const ap = { adapters: [5], domains: [4, 71] };
    const commands = [...asked, "reboot", "", ...asked, "poweroff"];
    const session = run(config({ cpus: 2, ap }), commands, 5_000_000, 12e9);
    expect(session.kind).toBe("all-stopped");
    expect(session.text.match(/GUEST-READY/g)?.length).toBe(2);
    expect(session.text.split("\n05.0004  05.0047  card05\n").length).toBe(3);
    expect(session.text.split("\n1\n4\n").length).toBe(3);
  }, 600_000);
});
