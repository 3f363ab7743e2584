/** Carries out one register vector against a controller and says what was different. */
import { XiveChip } from "../../devices/xive/chip.ts";
import type { EsbPage, Pq } from "../../devices/xive/esb.ts";
import { queueMemory } from "../../devices/xive/eventQueue.ts";
import {
  CPPR, IPB, NSR, PIPR, RING_OS, RING_POOL, type ThreadContext,
} from "../../devices/xive/threadContext.ts";
import { GuestMemory } from "../../memory/guestMemory.ts";
import type { ChipCheck, ChipStep, ChipVector } from "./xiveChipVectors.ts";
import { firstMismatch, mustBe } from "../mustBe.ts";

const SOURCE = 0x10;
const ESCALATION_END = 15;
const PAGE: Readonly<Record<"M" | "T", EsbPage>> = { M: "management", T: "trigger" };

interface Run {
  readonly chip: XiveChip;
  readonly memory: GuestMemory;
  readonly context: ThreadContext;
  forwards: number;
}

function start(vector: ChipVector): Run {
  const memory = GuestMemory.standalone(0x200000);
  const storeEoi = vector.source?.storeEoi;
  const chip = new XiveChip({ sources: 0x2000, ends: 16, memory: queueMemory(memory), storeEoi });
  const run: Run = { chip, memory, context: chip.thread(0), forwards: 0 };
  chip.onStep = ({ step }) => { if (step === "forwarded") run.forwards++; };
  chip.nvts.add(0x400);
  chip.nvts.addBacklog(0x400, vector.nvtIpb ?? 0);
  if (vector.source) {
    chip.sources.setPq(SOURCE, Number.parseInt(vector.source.pq, 2) as Pq);
    chip.sources.setLsi(SOURCE, vector.source.lsi ?? false);
    chip.sources.setAsserted(SOURCE, vector.source.asserted ?? false);
  }
  chip.eas.set(SOURCE, vector.eas ?? 0n);
  for (const [end, words] of [[0, vector.end], [ESCALATION_END, vector.escalationEnd]] as const)
    for (const [word, value] of Object.entries(words ?? {})) chip.ends.setWord(end, Number(word), value);
  run.context.setWord2(RING_OS, vector.notDispatched ? 0x400 : 0x80000400);
  const given = vector.context ?? {};
  const registers = [[NSR, given.nsr], [CPPR, given.cppr], [IPB, given.ipb], [PIPR, given.pipr]] as const;
  for (const [register, value] of registers)
    if (value !== undefined) run.context.registers[RING_OS + register] = value;
  if (given.word2 !== undefined) run.context.setWord2(RING_OS, given.word2);
  if (given.poolWord2 !== undefined) run.context.setWord2(RING_POOL, given.poolWord2);
  run.context.osLine = given.line ?? false;
  return run;
}

function doStep(run: Run, step: ChipStep): void {
  const { chip } = run;
  run.forwards = 0;
  if (step.op === "esbLoad") {
    mustBe(chip.sources.load(SOURCE, PAGE[step.page], step.at), step.result);
  } else if (step.op === "esbStore") {
    mustBe(chip.sources.store(SOURCE, PAGE[step.page], step.at), !(step.refused ?? false));
  } else if (step.op === "setIrq") {
    chip.sources.setIrq(SOURCE, step.level === 1);
  } else if (step.op === "event") {
    chip.router.notifyEnd(0, step.data);
  } else if (step.op === "timaLoad") {
    const result = chip.timaLoad(0, (step.page << 16) | step.at, step.size);
    mustBe(result, step.result === "refused" ? undefined : step.result);
  } else if (step.op === "timaStore") {
    const stored = chip.timaStore(0, (step.page << 16) | step.at, step.size, step.value);
    mustBe(stored, !(step.refused ?? false));
  } else {
    compare(run, step.is);
  }
  if ("forwards" in step) mustBe(run.forwards, step.forwards);
}

function compare({ chip, memory, context }: Run, is: ChipCheck): void {
  const hexAt = (address: number): string => memory.u32(address).toString(16).padStart(8, "0");
  const wordsOf = (end: number, wanted: Readonly<Record<number, number>> | undefined): object =>
    Object.fromEntries(Object.keys(wanted ?? {}).map((word) => [word, chip.ends.word(end, Number(word))]));
  const found: Record<keyof ChipCheck, unknown> = {
    pq: chip.sources.pq(SOURCE).toString(2).padStart(2, "0"),
    asserted: chip.sources.isAsserted(SOURCE),
    end: wordsOf(0, is.end),
    escalationEnd: wordsOf(ESCALATION_END, is.escalationEnd),
    memory: is.memory && [is.memory[0], hexAt(is.memory[0])],
    cppr: context.get(RING_OS, CPPR),
    ipb: context.get(RING_OS, IPB),
    pipr: context.get(RING_OS, PIPR),
    nsr: context.get(RING_OS, NSR),
    line: context.osLine,
    word2: context.word2(RING_OS),
    poolWord2: context.word2(RING_POOL),
    nvtWord4: chip.nvts.word4(0x400),
  };
  const asked = Object.keys(is) as (keyof ChipCheck)[];
  mustBe(Object.fromEntries(asked.map((key) => [key, found[key]])), is);
}

/** The first difference from the vector; empty if it holds. */
export function chipVectorMismatches(vector: ChipVector): string[] {
  const run = start(vector);
  return firstMismatch(vector.id, vector.steps, (step) => doStep(run, step));
}
