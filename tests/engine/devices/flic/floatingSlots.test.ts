/** The two floating slots beside the lists: room for them in GET_ALL_IRQS, and what a machine check takes. */
import { expect, it } from "vitest";
import { getAllInterrupts } from "../../../../src/engine/devices/flic/getAll.ts";
import { emptyMchk } from "../../../../src/engine/devices/flic/local.ts";
import { interruptType } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { everyCombination } from "../ap/everyCombination.ts";
import { irq } from "./flicMachine.ts";
import { adapterInterrupt } from "./model/floating.ts";
import { deliver, enqueue, opened } from "./openMachine.ts";

const [ENOMEM, EFAULT] = [-12, -14];
const BUFFER = 0x6200_0000n;
const CHANNEL_REPORT = 1n << 28n;

it("GET_ALL_IRQS has an entry for everything listed and each slot, and takes a room that is as large", () => {
  for (const [hasIo, hasPage, hasVirtio, hasService, hasReport] of everyCombination(5)) {
    const machine = opened();
    const { kvm: { flic }, user } = machine;
    if (hasIo) for (const isc of ["00", "38"]) enqueue(machine, irq("00000005", `0001 0005 0 ${isc}000000`));
    if (hasPage) enqueue(machine, irq("fffe0005", "00"));
    if (hasVirtio) enqueue(machine, irq("ffff2603", "00"));
    if (hasService) enqueue(machine, irq("ffff2401", "00012343"));
    if (hasReport) flic.enqueue({ kind: "mchk", cr14: CHANNEL_REPORT, mcic: 1n });
    const count = 2 * Number(hasIo) + [hasPage, hasVirtio, hasService, hasReport].filter((has) => has).length;
    user.place(BUFFER, new Uint8Array(72 * 8));
    for (let room = 1; room <= 8; room++)
      expect(getAllInterrupts(flic, { user, allocate: () => true }, BigInt(72 * room + 71), BUFFER))
        .toBe(room < count ? ENOMEM : count);
  }
});

it("what GET_ALL_IRQS takes out of the GISA ends there: drained with the answer, lost with an error", () => {
  for (const iscs of [[0], [7], [0, 7], [0, 1, 2, 3, 4, 5, 6, 7]])
    for (let room = 1; room <= 9; room++)
      for (const isWritable of [true, false]) {
        const { kvm: { flic }, user: { read }, decisions } = opened();
        for (const isc of iscs) flic.enqueue(adapterInterrupt(isc));
        decisions.length = 0;
        const user = { read, write: () => isWritable };
        const result = getAllInterrupts(flic, { user, allocate: () => true }, BigInt(72 * room), BUFFER);
        expect(result).toBe(room < iscs.length || (room === iscs.length && !iscs.includes(7)) ? ENOMEM
          : isWritable ? iscs.length : EFAULT);
        expect(new Set(decisions.map(({ step }) => step)))
          .toEqual(new Set([result < 0 ? "lost" : "drained"]));
        // As many as there was room for, whichever way they go.
        expect(decisions.length).toBe(Math.min(room, iscs.length));
      }
});

it("a machine check takes the CPU's own conditions with it if they are pending, and leaves them else", () => {
  const conditions = [0n, 1n << 40n, 1n << 55n, 1n << 56n, 1n << 58n, 1n << 62n, 1n << 63n];
  for (const mcic of conditions)
    for (const hasReport of [true, false]) {
      const machine = opened();
      const { kvm: { flic } } = machine;
      const mchk = { ...emptyMchk(), mcic, cr14: CHANNEL_REPORT };
      expect(flic.injectLocal(0, { type: interruptType.MCHK, mchk })).toBe(0);
      if (hasReport) flic.enqueue({ kind: "mchk", cr14: CHANNEL_REPORT, mcic: 1n });
      const isPending = mcic >= 1n << 55n;
      expect(deliver(machine).delivered.map(({ parm64 }) => parm64))
        .toEqual(isPending || hasReport ? [(isPending ? mcic : 0n) | (hasReport ? 1n : 0n)] : []);
      expect(flic.vcpus.of(0).local.mchk.mcic).toBe(isPending ? 0n : mcic);
    }
});
