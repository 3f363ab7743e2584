/** Presentation of a program interruption that was injected by ioctl (Principles of Operation, chapter 6). */
import {
  KVM_S390_PGM_FLAGS_ILC_MASK, KVM_S390_PGM_FLAGS_NO_REWIND, interruptType, type PgmInfo,
} from "../../uapi/s390Interrupt.ts";
import { store, type DeliveryContext, type Presented } from "./deliver.ts";
import { pendingBit } from "./interruptBits.ts";
import { emptyPgm } from "./local.ts";
import { lowcore, pswSlots, type Lowcore } from "./lowcore.ts";
import type { VcpuSlot } from "./vcpus.ts";

const PGM_PER = 0x80;

type Stores = "translation" | "access-id" | "page-translation" | "monitor" | "data" | "protection" | "none";

/** What is stored besides the code, and whether the instruction is nullified. */
type Meaning = readonly [Stores, nullifying: boolean];

/** By interruption code; codes that are not here store nothing more and do not nullify. */
const codes: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [0x04, ["protection", false]],
  [0x07, ["data", false]],
  [0x10, ["page-translation", true]], [0x11, ["page-translation", true]],
  [0x16, ["none", true]], // trace table
  [0x1b, ["data", false]], // vector processing
  [0x1c, ["translation", false]], // space switch
  [0x20, ["translation", true]], [0x21, ["translation", true]], [0x22, ["translation", true]],
  [0x23, ["translation", true]], [0x24, ["translation", true]], [0x25, ["translation", true]],
  [0x26, ["translation", true]], [0x27, ["translation", true]],
  [0x29, ["access-id", true]], [0x2a, ["access-id", true]], [0x2b, ["access-id", true]],
  [0x2c, ["access-id", true]],
  [0x2d, ["access-id", true]], [0x2f, ["access-id", true]],
  [0x2e, ["translation", true]], // LSTE sequence
  [0x30, ["none", true]], [0x31, ["none", true]], [0x32, ["none", true]], [0x33, ["none", true]],
  [0x34, ["none", true]],
  [0x38, ["page-translation", true]], [0x39, ["page-translation", true]], [0x3a, ["page-translation", true]],
  [0x3b, ["page-translation", true]],
  [0x40, ["monitor", false]],
  [0x119, ["none", true]], // crypto operation
]);

export function presentProgram(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { local, port } = slot;
  const pgm = local.pgm;
  local.pgm = emptyPgm();
  const id = local.drop(pendingBit.PROG);
  const ilc = pgm.flags & KVM_S390_PGM_FLAGS_ILC_MASK;
  const [stores, nullifying] = codes.get(pgm.code & ~PGM_PER) ?? (["none", false] as const);
  const interrupt = { type: interruptType.PROGRAM_INT, bit: pendingBit.PROG, parm: pgm.code, parm64: 0n, id };
  return store(slot, context, interrupt, pswSlots.program, (area) => {
    storeFor(stores, pgm, area);
    if (pgm.code & PGM_PER) storePer(pgm, area);
    if (nullifying && !(pgm.flags & KVM_S390_PGM_FLAGS_NO_REWIND)) port.rewindPsw(ilc);
    area.u16(lowcore.PGM_ILC, ilc);
    area.u64(lowcore.LAST_BREAK, port.breakingEventAddress());
    area.u16(lowcore.PGM_CODE, pgm.code);
  });
}

function storeFor(stores: Stores, pgm: PgmInfo, area: Lowcore): void {
  switch (stores) {
    case "translation":
      return area.u64(lowcore.TRANS_EXC_CODE, pgm.trans_exc_code);
    case "access-id":
      return area.u8(lowcore.EXC_ACCESS_ID, pgm.exc_access_id);
    case "page-translation":
      area.u64(lowcore.TRANS_EXC_CODE, pgm.trans_exc_code);
      area.u8(lowcore.EXC_ACCESS_ID, pgm.exc_access_id);
      return area.u8(lowcore.OP_ACCESS_ID, pgm.op_access_id);
    case "monitor":
      area.u16(lowcore.MON_CLASS, pgm.mon_class_nr);
      return area.u64(lowcore.MON_CODE, pgm.mon_code);
    case "data":
      return area.u32(lowcore.DATA_EXC_CODE, pgm.data_exc_code);
    case "protection":
      area.u64(lowcore.TRANS_EXC_CODE, pgm.trans_exc_code);
      return area.u8(lowcore.EXC_ACCESS_ID, pgm.exc_access_id);
    case "none":
  }
}

function storePer(pgm: PgmInfo, area: Lowcore): void {
  area.u8(lowcore.PER_CODE, pgm.per_code);
  area.u8(lowcore.PER_ATMID, pgm.per_atmid);
  area.u64(lowcore.PER_ADDRESS, pgm.per_address);
  area.u8(lowcore.PER_ACCESS_ID, pgm.per_access_id);
}
