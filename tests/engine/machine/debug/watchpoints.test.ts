/** Watchpoints on the whole machine: exact in both tiers, and without a trace in what the guest does. */
import { describe, expect, test } from "vitest";
import type { DisassembledLine } from "../../../../src/engine/api/debug.ts";
import type { MachineConfig } from "../../../../src/engine/api/machine.ts";
import type { StorageEvent, StorageWatch, Watchpoint } from "../../../../src/engine/api/watch.ts";
import { config, consoleProgram, builtin, runMachine } from "../bareMachine.ts";
import { DebugSession, hex } from "./debugSession.ts";

const DATA = 0x300000;
const at = (address: number, length: number, over: Partial<StorageWatch> = {}): StorageWatch => ({
  kind: "storage", cpu: 0, space: "absolute", address: hex(address), length, on: "write", ...over,
});
const tiers = [["compiled", false], ["interpreted", true]] as const;

/** `body` in a loop that is hot enough to be compiled; r3 is the turn, r6 the data. */
const looping = (body: string, turns = 3000): MachineConfig =>
  config(consoleProgram(`
        lghi    %r2,0
        lghi    %r4,0
        lgfi    %r6,${DATA}
        stctg   %c0,%c0,0(%r6)
        oi      5(%r6),0x06     # AFP registers and vectors
        lctlg   %c0,%c0,0(%r6)
        xc      0(8,%r6),0(%r6)
        lgfi    %r3,${turns}
loop:   ${body}
        brctg   %r3,loop
        j       stop_self
move:   mvc     0(1,%r6),64(%r6)
secondary: j    stop_self
`));

function watching(given: MachineConfig, ...watchpoints: Watchpoint[]): DebugSession {
  const session = new DebugSession(given);
  session.ask({ name: "setWatchpoints", watchpoints });
  return session;
}
const sourceAt = (session: DebugSession, address: string): string =>
  session.ask<DisassembledLine[]>({ name: "disassemble", cpu: 0, address, count: 1 })[0]!.source;

/** The source of the instruction behind which it stopped, each time; at most `most` times. */
function stops(session: DebugSession, most: number): string[] {
  const sources: string[] = [];
  for (let n = 0; n < most; n++) {
    const halt = session.go();
    if (!halt) break;
    expect(halt.why).toBe("watchpoint");
    sources.push(sourceAt(session, halt.hit!.instruction!));
  }
  return sources;
}

describe.each(tiers)("watched storage, %s", (_tier, interpreterOnly) => {
  const run = (given: MachineConfig): MachineConfig => ({ ...given, interpreterOnly });

  // Instruction, event, where it is watched from DATA on, how many bytes.
  test.each<[string, StorageEvent, number, number]>([
    ["stg %r3,8(%r6)", "write", 15, 1],
    ["stg %r3,8(%r6)", "change", 14, 2],
    ["lg %r5,8(%r6)", "read", 8, 8],
    ["lg %r5,8(%r6)", "access", 8, 1],
    ["mvc 0(256,%r6),512(%r6)", "read", 767, 1],
    ["mvc 0(256,%r6),512(%r6)", "write", 255, 1],
    ["mvc 4000(200,%r6),0(%r6)", "write", 4199, 1],
    ["xc 4090(16,%r6),0(%r6)", "write", 4096, 1],
    ["stg %r3,4092(%r6)", "change", 4098, 2],
    ["lmg %r8,%r12,4080(%r6)", "read", 4104, 1],
    ["stmg %r8,%r12,4080(%r6)", "write", 4104, 1],
    ["csg %r4,%r3,0(%r6)", "write", 0, 8],
    ["agsi 0(%r6),1", "change", 7, 1],
    ["vst %v0,0(%r6)", "write", 15, 1],
    ["clc 0(9,%r6),256(%r6)", "read", 264, 1],
    ["exrl %r0,move", "write", 0, 1],
    ["stck 0(%r6)", "change", 7, 1],
    ["tr 0(8,%r6),256(%r6)", "read", 256, 1],
  ])("%s is met by %s", (body, on, offset, length) => {
    const given = run(looping(body, 300));
    const session = watching(given, at(DATA + offset, length, { on }));
    const own = stops(session, 2000).filter((source) => source.startsWith(body.split(",")[0]!));
    // A byte of a counter does not change at every turn.
    expect(own.length).toBeGreaterThanOrEqual(on === "change" ? 298 : 300);
    const plain = runMachine(given);
    expect(session.machine.traceHash).toBe(plain.traceHash);
    expect(Number(session.machine.instructions)).toBe(plain.instructions);
  });

  test("tells what was there before and after, and the instruction behind it is next", () => {
    const session = watching(run(looping("stg %r3,16(%r6)")), at(DATA + 16, 8, { on: "change" }));
    session.go();
    const halt = session.go()!;
    expect(halt).toMatchObject({ why: "watchpoint", cpu: 0 });
    const value = (n: number): string => hex(n);
    expect(halt.hit).toMatchObject({ event: "changed", by: "cpu", before: value(3000), after: value(2999) });
    expect(BigInt(`0x${halt.address}`) - BigInt(`0x${halt.hit!.instruction!}`)).toBe(6n);
    expect(session.register(0, "r3")).toBe(2999n);
  });

  test("is passed by what lies beside it, and moves that overlap on its page are what they were", () => {
    const body = [
      "stg %r3,0(%r6)", "mvc 1(40,%r6),0(%r6)", "mvc 100(50,%r6),101(%r6)", "xc 8(30,%r6),20(%r6)",
      "nc 0(9,%r6),3(%r6)", "oc 64(32,%r6),1(%r6)", "ag %r4,64(%r6)", "tr 0(8,%r6),128(%r6)",
      "stmg %r3,%r5,200(%r6)", "aghi %r2,1",
    ].join("\n");
    const given = run(looping(body));
    const plain = new DebugSession(given);
    plain.go();
    const session = watching(given, at(DATA + 4000, 8, { on: "access" }));
    expect(session.go()).toBeUndefined();
    const bytes = (of: DebugSession): Uint8Array => of.machine.core.ram.read(DATA, 4096);
    expect(bytes(session)).toEqual(bytes(plain));
    expect(session.register(0, "r4")).toBe(plain.register(0, "r4"));
    expect(session.machine.instructions).toBe(plain.machine.instructions);
  });

  test("costs nothing once nothing is watched: the code is compiled again", () => {
    const session = watching(run(looping("stg %r3,0(%r6)", 100_000)), at(DATA, 8));
    stops(session, 3);
    session.ask({ name: "setWatchpoints", watchpoints: [] });
    expect(session.machine.core.watch).toBeUndefined();
    expect(session.go()).toBeUndefined();
    const compiled = Number(session.machine.core.compiledInstructions);
    if (interpreterOnly) expect(compiled).toBe(0);
    else expect(compiled).toBeGreaterThan(150_000);
  });

  test.each([
    ["r2", "la %r2,1(%r2)"],
    ["r5", "lgr %r5,%r3"],
    ["r4", "algr %r4,%r3"],
    ["r4", "exrl %r0,move\n alg %r4,0(%r6)\n algr %r4,%r3"],
    ["a5", "sar %a5,%r3"],
    ["c13", "stg %r3,0(%r6)\n lctlg %c13,%c13,0(%r6)"],
    ["v7", "ldgr %f7,%r3"],
    ["v21", "vlvgp %v21,%r3,%r3"],
  ])("a change of %s is met: %s", (register, body) => {
    const given = run(looping(body, 300));
    const session = watching(given, { kind: "register", cpu: 0, register });
    const source = body.split("\n").at(-1)!.trim();
    const met = stops(session, 2000).filter((line) => line === source);
    expect(met.length).toBeGreaterThanOrEqual(299);
    const plain = runMachine(given);
    expect(session.machine.traceHash).toBe(plain.traceHash);
    expect(Number(session.machine.instructions)).toBe(plain.instructions);
  });
});

/** Steps one instruction after the other and compares by itself: what a watchpoint must find. */
function byHand(given: MachineConfig, watch: Watchpoint, most: number): string[] {
  const session = new DebugSession(given);
  const value = (): string => {
    if (watch.kind === "register") return session.register(watch.cpu, watch.register).toString(16);
    const bytes = session.machine.core.ram.read(Number(`0x${watch.address}`), watch.length);
    return Buffer.from(bytes).toString("hex");
  };
  const found: string[] = [];
  let before = value();
  while (found.length < most) {
    const end = session.machine.step(1);
    if (end.kind === "ended" || (end.kind === "idle" && end.untilNs === undefined)) break;
    if (end.kind === "idle") session.machine.skipIdle(end.untilNs!);
    const after = value();
    if (after !== before) found.push(`${session.machine.instructions} ${after}`);
    before = after;
  }
  return found;
}

describe("what the built-in guests change", () => {
  // Lowcore: PSWs and parameters that devices, interruptions and instructions store; registers.
  const watches: readonly Watchpoint[] = [
    at(0x80, 8, { on: "change" }), at(0x130, 16, { on: "change" }), at(0x170, 16, { on: "change" }),
    at(0x1000, 4096, { on: "change" }),
    { kind: "register", cpu: 0, register: "r1" }, { kind: "register", cpu: 0, register: "r15" },
    { kind: "register", cpu: 1, register: "r2" },
  ];
  test.each(["hello", "timer-sigp", "ais-demo"])("is found at its instruction, by all means: %s", (id) => {
    let found = 0;
    for (const watch of watches) {
      const given = builtin(id);
      if (watch.cpu >= given.cpus) continue;
      const session = watching(given, watch);
      const met: string[] = [];
      while (met.length < 60) {
        const halt = session.go();
        if (!halt) break;
        // What is stored beside instructions is seen by hand only behind the next one.
        const beside = halt.hit!.by === "cpu" ? 0n : 1n;
        met.push(`${session.machine.instructions + beside} ${halt.hit!.after}`);
      }
      const digits = watch.kind === "storage" ? 32 : 16;
      const expected = byHand(given, watch, 60).map((line) => {
        const [count, value] = line.split(" ") as [string, string];
        return `${count} ${watch.kind === "storage" ? value.slice(0, digits) : value.padStart(digits, "0")}`;
      });
      expect(met, JSON.stringify(watch)).toEqual(expected);
      found += met.length;
    }
    expect(found).toBeGreaterThan(10);
  });
});

describe("addresses", () => {
  /** A segment table at 1 MiB, its page table at 1 MiB + 8 KiB: the identity, but 0x5000 is at DATA. */
  function translated(): DebugSession {
    const program = consoleProgram(`
        lgfi    %r6,0x5000
        lgfi    %r7,0x104000
        lctlg   %c1,%c1,0(%r7)
        lgfi    %r3,500
        stosm   16(%r7),0x04
loop:   stg     %r3,8(%r6)
        brctg   %r3,loop
        stnsm   16(%r7),0xfb
        mvghi   0x200(%r0),7
        j       stop_self
secondary: j    stop_self
`);
    const session = new DebugSession(config(program));
    const put = (address: number, value: bigint): void =>
      session.machine.core.ram.setU64(address, value, "loader");
    put(0x100000, 0x102000n);
    for (let page = 0; page < 256; page++) put(0x102000 + page * 8, BigInt(page === 5 ? DATA : page * 4096));
    put(0x104000, 0x100000n);
    return session;
  }
  const run = (watch: StorageWatch): string[] => {
    const session = translated();
    session.ask({ name: "setWatchpoints", watchpoints: [watch] });
    return stops(session, 600);
  };
  test.each([
    ["virtual", 0x5008, "stg %r3,8(%r6)", 500],
    ["real", DATA + 8, "stg %r3,8(%r6)", 500],
    ["absolute", DATA + 8, "stg %r3,8(%r6)", 500],
    ["real", 0x5008, "", 0],
    ["absolute", 0x5008, "", 0],
    ["virtual", DATA + 8, "", 0],
    ["virtual", 0x200, "mvghi 512,7", 1],
  ] as const)("are %s ones: 0x%x", (space, address, source, times) => {
    const found = run(at(address, 8, { space, on: "write" }));
    expect(found.length).toBe(times);
    expect(found.every((line) => line === source)).toBe(true);
  });

  test("outside the machine are refused, and what was watched before still is", () => {
    const session = watching(looping("stg %r3,0(%r6)"), at(DATA, 8));
    const refused = [
      at(16 << 20, 1), at((16 << 20) - 1, 2), at(0, 1, { cpu: 1 }),
      { kind: "register", cpu: 1, register: "r1" } as const,
      { kind: "register", cpu: 0, register: "tod" } as const,
      { ...at(0, 2, { space: "virtual" }), address: "f".repeat(16) },
    ];
    for (const watch of refused) {
      const answer = session.debug.look({ name: "setWatchpoints", watchpoints: [watch] });
      expect(answer).toMatchObject({ ok: false });
    }
    expect(session.go()?.why).toBe("watchpoint");
  });
});

test("devices and interruptions are named where they store", () => {
  const session = watching(builtin("hello"), at(0x80, 8), at(0x130, 16));
  const by = new Set<string>();
  for (let halt = session.go(); halt; halt = session.go()) by.add(halt.hit!.by);
  expect(by).toContain("interruption");
});
