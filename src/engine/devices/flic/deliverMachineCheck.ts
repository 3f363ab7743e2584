/**
 * Presentation of machine checks (Principles of Operation, chapter 11): everything that is pending, local and
 * floating, goes out as one interruption.
 */
import { interruptType } from "../../uapi/s390Interrupt.ts";
import { store, type DeliveryContext, type Presented } from "./deliver.ts";
import { pendingBit } from "./interruptBits.ts";
import { emptyMchk } from "./local.ts";
import { lowcore, pswSlots } from "./lowcore.ts";
import type { VcpuSlot } from "./vcpus.ts";

/** Interruption-code validity bits that hold only if an extended save area took the contents. */
const VECTOR_VALID = 1n << 38n;
const GUARDED_STORAGE_VALID = 1n << 27n;

/** Code a machine gives a channel report: channel report pending, and everything that is stored valid. */
export const CHANNEL_REPORT_MCIC = 0x00400f5d40330000n;

/**
 * Takes the local slot if the CPU has a machine check pending, and the floating one whatever CR14 says of it.
 */
export function presentMachineCheck(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { local, port } = slot;
  const { floating, decisions } = context;
  const held: { bit: number; id: number }[] = [];
  let mchk = emptyMchk();
  const isLocal = local.has(pendingBit.MCHK_EX) || local.has(pendingBit.MCHK_REP);
  if (isLocal) {
    mchk = local.mchk;
    local.mchk = emptyMchk();
    for (const bit of [pendingBit.MCHK_EX, pendingBit.MCHK_REP])
      if (local.has(bit)) held.push({ bit, id: local.drop(bit) });
  }
  if (floating.bits & (1 << pendingBit.MCHK_REP)) {
    mchk = { ...mchk, mcic: mchk.mcic | floating.mchkMcic, cr14: mchk.cr14 | floating.mchkCr14 };
    held.push({ bit: pendingBit.MCHK_REP, id: floating.slotIds.machineCheck });
    floating.bits &= ~(1 << pendingBit.MCHK_REP);
    floating.mchkCr14 = floating.mchkMcic = 0n;
    floating.slotIds.machineCheck = 0;
  }
  const [first, ...merged] = held;
  for (const { bit, id } of merged)
    decisions.note("coalesced", id, interruptType.MCHK, bit, port.id, first!.id);
  const interrupt = {
    type: interruptType.MCHK, bit: first!.bit, parm: Number(mchk.cr14 & 0xffffffffn), parm64: mchk.mcic,
    id: first!.id,
  };
  return store(slot, context, interrupt, pswSlots.machineCheck, (area) => {
    const saved = port.saveForMachineCheck();
    let code = mchk.mcic;
    if (!saved.vectorSaved) code &= ~VECTOR_VALID;
    if (!saved.guardedStorageSaved) code &= ~GUARDED_STORAGE_VALID;
    area.u8(lowcore.AR_MODE_ID, 1);
    area.u64(lowcore.MCCK_CODE, code);
    area.u32(lowcore.EXT_DAMAGE_CODE, mchk.ext_damage_code);
    area.u64(lowcore.MCCK_FAIL_ADDRESS, mchk.failing_storage_address);
    area.bytes(lowcore.FIXED_LOGOUT, mchk.fixed_logout);
  });
}
