/** Scripts that try to get out, or to take what they were not given. Each ends, with a sentence. */
import { describe, expect, it } from "vitest";
import { runScript } from "../../kit/runScript.ts";

const failedWith = (sentence: RegExp | string) =>
  ({ kind: "failed", sentence: expect.stringMatching(sentence) });

describe("a script reaches nothing of its host", () => {
  it("finds the language, the API, and no name besides", async () => {
    const { out, end } = await runScript(`
      const language = new Set(["Object", "Function", "Array", "JSON", "Promise", "Math", "Proxy"]);
      const names = Object.getOwnPropertyNames(globalThis);
      console.log(names.filter((name) => /^[a-z]/.test(name)).sort().join(" "));
      assert([...language].every((name) => names.includes(name)));`);
    expect(end).toEqual({ kind: "done" });
    expect(out.trim().split(" ")).toEqual([
      "assert", "codecs", "console", "decodeURI", "decodeURIComponent", "defineScenario", "encodeURI",
      "encodeURIComponent", "errno", "escape", "eval", "globalThis", "isFinite", "isNaN", "kvm", "machines",
      "parseFloat", "parseInt", "snapshots", "undefined", "unescape",
    ]);
  });

  it("finds no process behind any constructor, prototype or error", async () => {
    const { out, end } = await runScript(`
      const vm = kvm.s390();
      let thrown; try { vm.vcpu(9); } catch (error) { thrown = error; }
      const reply = machines.sleep(1);
      const roots = [kvm, vm, vm.vcpu, kvm.s390, console, console.log, codecs, machines, snapshots, reply,
        thrown, thrown.constructor, errno, assert, defineScenario, vm.checkExtension, [], () => 0];
      const seen = new Set();
      for (const root of roots)
        for (let at = root; at && !seen.has(at); at = Object.getPrototypeOf(at)) {
          seen.add(at);
          const make = at.constructor?.constructor;
          if (typeof make === "function")
            console.log(make("return typeof process + typeof require + typeof Buffer + typeof fetch")());
        }
      await reply;
      console.log(typeof (0, eval)("this").process, Reflect.ownKeys(vm).map(String).join());`);
    expect(end).toEqual({ kind: "done" });
    const lines = out.trim().split("\n");
    expect(new Set(lines.slice(0, -1))).toEqual(new Set(["undefined".repeat(4)]));
    expect(lines.at(-1)).toBe("undefined fd,profile");
  });

  it.each([
    ['import fs from "node:fs"; console.log(fs);', /could not load module/],
    ['await import("node:child_process");', /could not load module/],
    ['Object.getPrototypeOf(kvm).s390.call({});', /no object of the host/],
    ['kvm.s390({ profile: ["linux-6.1"] });', /KvmFactory\.s390 does not take this \(argument 1, profile\)/],
    ['kvm.s390({ profil: 1 });', /\(argument 1, profil\): nothing is wanted there\./],
    ['kvm.requests("two");', /\(argument 1\): it is "two", wanted is a number\./],
    ['kvm.requests(NaN);', /\(argument 1\): it is NaN, wanted is a number\./],
    ['kvm.requests(1.5);', /it is 1\.5, wanted is a whole number\./],
    ['kvm.requests();', /it is missing, wanted is a number\./],
    ['kvm.requests(65);', /it is 65, wanted is at most 64\./],
    ['kvm.s390().readMemory(-1n, 4);', /it is -1, wanted is a number\./],
    ['kvm.s390().irqfd({ gsi: 1 });', /\(argument 1, fd\): it is missing\./],
    ['kvm.s390().setGsiRouting([{ gsi: 1, type: 2, union: 5 }]);', /0\.union\): it is 5, wanted is bytes/],
    ['kvm.s390().vcpu(0).setRegisters({ controls: { 16: 0 } });', /controls\.16\): .* number, 0 to 15/],
    ['kvm.arm().setAttr(0, "PMU");', /it is "PMU", wanted is "PMU_IRQ" or .* or an object\./],
    ['kvm.power({ defects: new Map() });', /An object of kind Map cannot be given to a call/],
    ['defineScenario(5);', /no scenario: it is 5, wanted is an object\./],
    ['defineScenario({ id: "x", title: "" });', /no scenario: "given" is missing\./],
    ['defineScenario({ id: "x", title: "", given: {}, when: [], then: [] });', /"given\.build" is missing\./],
    ['defineScenario({ id: "x", title: "", given: { build: Map }, when: [{ says: "", does: 5 }], then: [] })',
      /"when\.0\.does" is "number", wanted is a function\./],
    ['defineScenario({ id: "x", title: "", given: { build() {} }, when: [], then: [], defect: [] });',
      /"defect" means nothing there\./],
    ['defineScenario({ id: "x", title: "", given: { build() {} }, when: [], then: [] });',
      /no scenario: scenario x claims nothing\./],
    ['defineScenario({ id: "x", given: { build() {} }, when: [], then: [] });',
      /no scenario: "title" is missing\./],
    ['kvm.s390({ __proto__: null, ["__proto__"]: 1 });', /does not take this/],
    ['kvm.s390().vcpu({ $h: 0 });', /does not take this/],
    // A mark of the wire that is written by hand is the bytes that it says, and nothing more.
    ['codecs.decode("kvm_s390_ais_req", { $b: "0000" });', /has 4 bytes; there are 2/],
    ['kvm.s390().vcpu({ $h: 99 });', /not of this run/],
    ['codecs.encode("constructor", {});', /no structure "constructor"/],
    ['codecs.encode("kvm_s390_ais_req", { toString: 1 });', /has no field "toString"/],
    ['kvm.s390().checkExtension("__proto__");', /no capability "__proto__"/],
    ['kvm.s390().readMemory(0x1fffff, 2);', /beyond them/],
    ['console.log(kvm.s390().createDevice(6).device.setAttr("toString", "00"));', /no attribute group/],
    ['kvm.s390(() => 0);', /A function cannot be given/],
    ['let deep = {}; for (let i = 0; i < 100; i++) deep = { deep }; kvm.s390(deep);', /nested 64 deep/],
    ['throw 5;', /It threw 5/],
  ])("%s", async (source, sentence) => {
    expect((await runScript(source)).end).toMatchObject(failedWith(sentence));
  });

  it("names the place of its own mistake, and no place of the host", async () => {
    const { end } = await runScript("const one = 1;\nfunction inner() {\n  null.x;\n}\ninner();\n");
    expect(end).toMatchObject({ kind: "failed", sentence: "TypeError: cannot read property 'x' of null" });
    expect(end).toHaveProperty("trace.0", expect.stringMatching(/^at inner \(test\.ts:3:/));
    const refused = (await runScript("kvm.s390().vcpu(1);")).end;
    expect(JSON.stringify(refused)).not.toMatch(/node:|\/src\/|\/out\/|prelude/);
  });
});

describe("a script takes no more than it was given", () => {
  it.each([
    ["an endless loop", "for (;;);"],
    ["an endless chain of promises",
      "(async () => { for (;;) await null; })(); await new Promise(() => {});"],
    ["a wait that is too long", "await machines.sleep(3_600_000);"],
    ["a search without end", "/^(a+)+$/.test('a'.repeat(60) + 'b');"],
    ["a thrown object that loops", "throw { get name() { for (;;); } };"],
    ["a step of a scenario that loops", `export default defineScenario({ id: "own", title: "Mine",
      given: { build: () => 0 }, when: [{ says: "loops", does() { for (;;); } }],
      then: [{ says: "so", seen: () => 1, is: 1 }] });`],
  ])("%s ends at its time", async (_what, source) => {
    const { end } = await runScript(source, { timeMs: 1_000 });
    expect(end).toMatchObject({ kind: expect.stringMatching("time|failed|done") });
    expect(JSON.stringify(end)).toMatch(/longer than the 1 s|threw/);
  });

  it.each([
    ["a bomb of small objects", "const all = []; for (;;) all.push({ n: all.length });", /than the 32 MiB/],
    ["a memory bomb", "const all = []; for (;;) all.push('x'.repeat(100_000) + all.length);",
      /more than the 32 MiB|string too long/],
    ["a bomb that catches",
      "const all = []; for (;;) try { all.push(new Uint8Array(1e6)); } catch { all.push(1); }",
      /more than the 32 MiB/],
    ["a string that doubles", "let text = 'x'; for (;;) text += text;",
      /more than the 32 MiB|string too long/],
    ["a buffer of 2 GiB", "new ArrayBuffer(2 ** 31);", /invalid array buffer length|32 MiB/],
    ["deep recursion", "const down = () => 1 + down(); down();", /its stack is full/],
    ["deep recursion of a parser", "JSON.parse('['.repeat(1e6));", /stack/],
    ["a pattern that nests", "new RegExp('('.repeat(1e5) + ')'.repeat(1e5));", /captures|stack/],
    ["machines without end", "const all = []; for (;;) all.push(kvm.s390());", /at most 64 machines at once/],
    ["CPUs of machines without end",
      "const all = []; for (;;) all.push(kvm.s390().createVcpu());", /at most 64 machines at once/],
    ["vCPUs without end", "const vm = kvm.s390(); for (;;) vm.createVcpu();", /at most 64 vCPUs/],
    ["the VMM's memory without end",
      `const vm = kvm.s390(); const one = new Uint8Array(65536);
       for (let n = 0; ; n++) vm.placeUser(n << 16, one);`,
      /At most 4194304 bytes can be placed/],
    ["a promise that never ends", "await new Promise(() => {});", /nothing will settle/],
    ["a call that is not waited for", "machines.sleep(1);", /1 of its calls were under way: await them/],
  ])("%s ends it", async (_what, source, sentence) => {
    const { end } = await runScript(source, { memoryBytes: 32 * 2 ** 20, timeMs: 60_000 });
    expect(end).toMatchObject(failedWith(sentence));
  });

  it("gives a machine back when nothing leads to it or to a part of it, and not before", async () => {
    const { out, end } = await runScript(`
      const kept = kvm.s390({ profile: "linux-4.12" });
      const cpu = kvm.s390({ profile: "linux-5.6" }).createVcpu();
      for (let n = 0; n < 130; n++) {
        const vm = kvm.s390();
        vm.createVcpu();
        if (vm.profile !== "linux-6.1") throw new Error("another one");
      }
      const rest = [];
      try { for (;;) rest.push(kvm.power()); } catch (error) { console.log(rest.length, error.message); }
      console.log(kept.profile, kept.createVcpu().address, cpu.address);`);
    expect(end).toEqual({ kind: "done" });
    // The last one of the loop may still be held.
    expect(out).toMatch(/^6[12] A script holds at most 64 machines at once/);
    expect(out).toMatch(/\nlinux-4.12 1 1\n$/);
  });

  it("a flood of output is cut off where it may end, and no byte later", async () => {
    const flood = "for (;;) console.log('x'.repeat(999));";
    const { end, out } = await runScript(flood, { outputBytesMax: 65_536 });
    expect(end).toMatchObject(failedWith(/printed more than the 64 KiB/));
    expect(out.length).toBe(65_000);
  });

  it("stops when it is told to, wherever it is", async () => {
    const { end } = await runScript("for (;;);", { began: (run) => setTimeout(() => run.stop(), 500) });
    expect(end).toEqual({ kind: "stopped", sentence: "The script was stopped." });
  });

  it("says where a text is no script", async () => {
    expect((await runScript("const good = 1;\nconst bad = ;")).end)
      .toEqual({ kind: "refused", sentence: "Line 2, column 13: Unexpected token.", line: 2, column: 13 });
  });
});
