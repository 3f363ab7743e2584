/**
 * Unprivileged instructions do in our helpers what they do in qemu-s390x, on random operands at page
 * boundaries.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { encode } from "./encode.ts";
import { FakeCpu, fields, step } from "./fakeCpu.ts";
import { caseFor, generated } from "./peerCases.ts";
import { peerInstalled, runOnPeer, WINDOW, WINDOW_BYTES, type Outcome, type State } from "./runner.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const peerMissing = missingTools("qemu-s390x", "s390x-linux-gnu-gcc");
const CASES = 30;
/** Which Linux signal a program interruption is. */
const signalOf = (code: number | undefined): number =>
  code === undefined ? 0 : code <= 6 && code !== 4 && code !== 5 ? 4 : code <= 0xb && code >= 7 ? 8 : 11;

function ours(mnemonic: string, state: State, f: ReturnType<typeof fields>): Outcome {
  const cpu = new FakeCpu();
  cpu.registers = [...state.registers];
  cpu.cc = state.cc;
  for (let i = 0; i < 3; i++) cpu.pages.set(
    (WINDOW >> 12n) + BigInt(i), state.window.slice(i * 4096, i * 4096 + 4096),
  );
  cpu.absent.add((WINDOW >> 12n) - 1n).add((WINDOW >> 12n) + 3n);
  let code: number | undefined;
  do code = step(cpu, instructionNamed(mnemonic)!, f);
  while (code === undefined && (cpu.again || (state.repeat && cpu.cc === 3)));
  const window = new Uint8Array(WINDOW_BYTES);
  for (let i = 0; i < 3; i++) window.set(cpu.pages.get((WINDOW >> 12n) + BigInt(i))!, i * 4096);
  return { ...state, signal: signalOf(code), cc: cpu.cc, registers: cpu.registers, window };
}

const show = (o: Outcome, f: object): string =>
  [JSON.stringify(f), o.signal, o.cc, ...o.registers.map((r, n) => `r${n}=${r.toString(16)}`)].join(" ");

function difference(a: Outcome, b: Outcome): string | undefined {
  if (a.signal !== b.signal) return "signal";
  const at = a.window.findIndex((byte, i) => byte !== b.window[i]);
  if (at >= 0) return `storage at ${at.toString(16)}: ${a.window[at]} ${b.window[at]}`;
  // The peer's registers are lost when it is interrupted.
  if (a.signal) return undefined;
  if (a.cc !== b.cc) return "condition code";
  const n = a.registers.findIndex((value, i) => value !== b.registers[i]);
  return n >= 0 ? `register ${n}` : undefined;
}

describe.skipIf(!peerInstalled)(`helpers against qemu-s390x${peerMissing}`, () => {
  const random = new Prng(1);
  const cases = generated.flatMap((mnemonic) => Array.from({ length: CASES }, () => {
    const { f, registers, window, repeat } = caseFor(mnemonic, random);
    const all = fields(f);
    const state: State = { text: encode(instructionNamed(mnemonic)!, all), cc: 0, registers, window, repeat };
    return { mnemonic, f: all, given: f, state };
  }));
  const peer = peerInstalled ? runOnPeer(cases.map((one) => one.state)) : [];

  it.for(generated)("%s", (mnemonic, { skip }) => {
    const isLacking = cases.every((one, i) => one.mnemonic !== mnemonic || peer[i]!.signal === 4);
    if (isLacking) skip(`the peer has no ${mnemonic}`);
    cases.forEach((one, i) => {
      if (one.mnemonic !== mnemonic) return;
      const mine = ours(mnemonic, one.state, one.f);
      const before = { ...one.state, signal: 0 };
      const what = difference(mine, peer[i]!);
      const states = [show(before, one.given), show(mine, {}), show(peer[i]!, {})];
      const told = [`${mnemonic} case ${i % CASES}: ${what}; given, ours, peer:`, ...states].join("\n");
      expect(what, told).toBeUndefined();
    });
  });
});
