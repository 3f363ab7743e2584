/** Program interruptions of every code, with and without PER: what is stored, where the old PSW points. */
import { expect, it } from "vitest";
import { RegisterCpu } from "../../../../src/engine/deviceMachine/registerCpu.ts";
import { emptyPgm } from "../../../../src/engine/devices/flic/local.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import type { PgmInfo } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { toHex } from "./flicMachine.ts";
import { interrupted, programStores, rewindOf } from "./model/presentation.ts";
import { type } from "./model/pending.ts";
import { opened } from "./openMachine.ts";

const CODES = 0x140;
const payload: PgmInfo = {
  ...emptyPgm(), trans_exc_code: 0x1111_2222_3333_4444n, mon_code: 0x5555_6666_7777_8888n,
  per_address: 0x9999_aaaa_bbbb_ccccn, data_exc_code: 0xdead_beef, mon_class_nr: 0x1234, per_code: 0x41,
  per_atmid: 0x42, exc_access_id: 0x43, per_access_id: 0x44, op_access_id: 0x45,
};

it("a program interruption stores what its code says, and nothing else", () => {
  const { kvm: { flic }, cpus: [cpu], memory } = opened();
  const other = new RegisterCpu(0, GuestMemory.standalone(memory.size));
  for (let code = 0; code < CODES; code++)
    for (const per of [0, 0x80])
      for (const flags of [1, 3, 5, 7, 0xd]) {
        const pgm = { ...payload, code: (code & ~0x80) | per, flags };
        for (const one of [cpu!, other]) {
          one.open();
          one.memory.fill(one.prefixAddress + 0x80, 0xa0, 0xee, "loader");
        }
        flic.clearLocal(0);
        flic.injectLocal(0, { type: type.PROGRAM, pgm });
        expect(flic.deliverPending(cpu!).delivered.length).toBe(1);
        other.rewindPsw(rewindOf(pgm));
        interrupted(other, 0x150, programStores(pgm));
        const [stored, wanted] = [cpu!, other].map((one) =>
          toHex(one.memory.read(one.prefixAddress + 0x80, 0xe0)) + one.psw.address.toString(16));
        const said = { code, per, flags };
        if (stored !== wanted) expect({ ...said, stored }).toEqual({ ...said, stored: wanted });
      }
});
