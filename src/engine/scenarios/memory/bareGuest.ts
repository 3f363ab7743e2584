/**
 * A small s390 guest that runs for real, and the target that its pages are copied to, round after round: what
 * a dirty log is good for.
 */
import { PAGE_BYTES } from "../../api/snapshot.ts";
import { assert } from "../../base/assert.ts";
import { assemble } from "../../isa/s390/assemble.ts";
import { S390Ccw } from "../../machine/s390Ccw.ts";
import type { DirtyLog } from "../../memory/dirtyLog.ts";
import { GuestMemory } from "../../memory/guestMemory.ts";

const MEMORY_BYTES = 4 << 20;
/** Where the program has its data: a page that holds no instruction. */
export const DATA = 0x8_0000;
export const DATA_PAGE = DATA / PAGE_BYTES;

export interface BareGuest {
  readonly machine: S390Ccw;
  readonly target: GuestMemory;
}

/** One CPU at `_start` of the program, `%r1` to be loaded by itself; `compiled`: its loops are compiled. */
export function bareGuest(source: string, isCompiled: boolean): BareGuest {
  const program = assemble(`.globl _start\n_start:\n${source}\n`, { name: "program.s" });
  assert(program.ok, "the scenario's program is correct");
  const made = S390Ccw.create({
    board: "s390-ccw", memoryBytes: MEMORY_BYTES, cpus: 1, seed: 1, kernel: program.value.elf,
    commandLine: "", interpreterOnly: !isCompiled, pace: "skip", trace: false,
  }, () => undefined);
  assert(made.ok, made.ok ? "" : made.error);
  return { machine: made.value, target: GuestMemory.standalone(MEMORY_BYTES) };
}

export const dirtyLogOf = ({ machine }: BareGuest): DirtyLog => machine.core.storage.dirty;

/** The guest runs about so many instructions. */
export const run = ({ machine }: BareGuest, instructions: number): void => { machine.step(instructions); };

/** The pages named, as they are now. */
export function sendPages({ machine, target }: BareGuest, pages: Iterable<number>): void {
  const page = new Uint8Array(PAGE_BYTES);
  for (const number of pages) {
    machine.core.ram.copyPage(number, page, 0);
    target.storePage(number, page, "snapshot");
  }
}

/** One round of a move: takes the pages that changed since the last, and sends them. */
export function sendRound(guest: BareGuest): void {
  const log = dirtyLogOf(guest);
  const changed = log.changed();
  log.take();
  sendPages(guest, changed);
  log.commit();
}

/** Numbers of the pages that differ between the guest and what was sent. */
export function stalePages({ machine: { core: { ram } }, target }: BareGuest): number[] {
  const [here, there] = [new Uint8Array(PAGE_BYTES), new Uint8Array(PAGE_BYTES)];
  return Array.from({ length: MEMORY_BYTES / PAGE_BYTES }, (_, page) => page).filter((page) => {
    ram.copyPage(page, here, 0);
    target.copyPage(page, there, 0);
    return here.some((byte, at) => byte !== there[at]);
  });
}
