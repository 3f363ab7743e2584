/**
 * Interrupts as user space writes and reads them: struct kvm_s390_irq and the older struct
 * kvm_s390_interrupt.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { errno } from "../../api/errno.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import {
  KVM_S390_INT_IO_MAX, KVM_S390_IRQ_UNION, emergInfo, encodeIrq, extInfo, extcallInfo, interruptType, ioInfo,
  mchkInfo,
  pgmInfo, prefixInfo, stopInfo,
} from "../../uapi/s390Interrupt.ts";
import { emptyMchk, emptyPgm, type LocalInterrupt } from "./local.ts";
import type { ExternalInterrupt, FloatingInterrupt, IoInterrupt } from "./pending.ts";

const T = interruptType;

/**
 * Reads one entry of an ENQUEUE buffer the way the kernel does: eight bytes of type, then only the payload of
 * that type. -EFAULT, or -EINVAL for a type with no payload class (types are compared as 64-bit numbers).
 */
export function readFloating(user: UserMemory, address: bigint): Result<FloatingInterrupt, number> {
  const head = user.read(address, KVM_S390_IRQ_UNION);
  if (!head) return refuse(errno.EFAULT);
  const type = viewOf(head).getBigUint64(0);
  const payload = payloadOf(type);
  if (!payload) return refuse(errno.EINVAL);
  const body = user.read(BigInt.asUintN(64, address + BigInt(KVM_S390_IRQ_UNION)), payload.size);
  if (!body) return refuse(errno.EFAULT);
  return ok(payload.decode(Number(type), body));
}

interface Payload {
  readonly size: number;
  decode(type: number, body: Uint8Array): FloatingInterrupt;
}
const ioPayload: Payload = { size: ioInfo.size, decode: (type, body) => decodeIo(type, body) };
const extPayload: Payload = { size: extInfo.size, decode: (type, body) => decodeExternal(type, body) };
const mchkPayload: Payload = {
  size: mchkInfo.size,
  decode: (_type, body) => {
    const { cr14, mcic } = mchkInfo.decode(body);
    return { kind: "mchk", cr14, mcic };
  },
};

function payloadOf(type: bigint): Payload | undefined {
  if (type <= BigInt(KVM_S390_INT_IO_MAX)) return ioPayload;
  switch (type) {
    case BigInt(T.INT_PFAULT_INIT):
    case BigInt(T.INT_PFAULT_DONE):
    case BigInt(T.INT_VIRTIO):
    case BigInt(T.INT_SERVICE): return extPayload;
    case BigInt(T.MCHK): return mchkPayload;
  }
  return undefined;
}

function decodeIo(type: number, body: Uint8Array): IoInterrupt {
  const io = ioInfo.decode(body);
  return {
    kind: "io", type, subchannelId: io.subchannel_id, subchannelNr: io.subchannel_nr,
    ioIntParm: io.io_int_parm,
    ioIntWord: io.io_int_word,
  };
}

function decodeExternal(type: number, body: Uint8Array): ExternalInterrupt {
  const { ext_params, pad, ext_params2 } = extInfo.decode(body);
  return { kind: "ext", type, params: ext_params, pad, params2: ext_params2 };
}

/** The 72 bytes of a listed interrupt, exactly as it was enqueued. */
export function encodeListed(interrupt: IoInterrupt | ExternalInterrupt): Uint8Array {
  if (interrupt.kind === "ext") {
    const { type, params, pad, params2 } = interrupt;
    return encodeIrq(type, extInfo.encode({ ext_params: params, pad, ext_params2: params2 }));
  }
  return encodeIrq(interrupt.type, ioInfo.encode({
    subchannel_id: interrupt.subchannelId, subchannel_nr: interrupt.subchannelNr,
    io_int_parm: interrupt.ioIntParm, io_int_word: interrupt.ioIntWord,
  }));
}

/** A local interrupt from its 72 bytes; undefined for a type no CPU takes. */
export function decodeLocal(irq: Uint8Array): LocalInterrupt | undefined {
  const wide = viewOf(irq).getBigUint64(0);
  if (wide > 0xffffffffn) return undefined;
  const type = Number(wide);
  const at = KVM_S390_IRQ_UNION;
  switch (type) {
    case T.PROGRAM_INT: return { type, pgm: pgmInfo.decode(irq, at) };
    case T.MCHK: return { type, mchk: mchkInfo.decode(irq, at) };
    case T.SIGP_STOP: return { type, flags: stopInfo.decode(irq, at).flags };
    case T.SIGP_SET_PREFIX: return { type, address: prefixInfo.decode(irq, at).address };
    case T.INT_PFAULT_INIT: {
      const { ext_params, pad, ext_params2 } = extInfo.decode(irq, at);
      return { type, params: ext_params, pad, params2: ext_params2 };
    }
    case T.INT_EMERGENCY:
    case T.INT_EXTERNAL_CALL: return { type, code: emergInfo.decode(irq, at).code };
    case T.RESTART:
    case T.INT_CLOCK_COMP:
    case T.INT_CPU_TIMER: return { type };
  }
  return undefined;
}

/** The 72 bytes of a local interrupt. */
export function encodeLocal(interrupt: LocalInterrupt): Uint8Array {
  switch (interrupt.type) {
    case T.PROGRAM_INT: return encodeIrq(interrupt.type, pgmInfo.encode(interrupt.pgm));
    case T.MCHK: return encodeIrq(interrupt.type, mchkInfo.encode(interrupt.mchk));
    case T.SIGP_STOP: return encodeIrq(interrupt.type, stopInfo.encode({ flags: interrupt.flags }));
    case T.SIGP_SET_PREFIX: return encodeIrq(interrupt.type, prefixInfo.encode({
      address: interrupt.address,
    }));
    case T.INT_PFAULT_INIT: {
      const { params, pad, params2 } = interrupt;
      return encodeIrq(interrupt.type, extInfo.encode({ ext_params: params, pad, ext_params2: params2 }));
    }
    case T.INT_EMERGENCY:
    case T.INT_EXTERNAL_CALL: return encodeIrq(interrupt.type, extcallInfo.encode({ code: interrupt.code }));
    default: return encodeIrq(interrupt.type, new Uint8Array(0));
  }
}

/** The older argument on the VM: undefined for a type that does not float. */
export function legacyFloating(type: number, parm: number, parm64: bigint): FloatingInterrupt | undefined {
  if (type <= KVM_S390_INT_IO_MAX)
    return {
      kind: "io", type, subchannelId: parm >>> 16, subchannelNr: parm & 0xffff,
      ioIntParm: Number(parm64 >> 32n), ioIntWord: Number(parm64 & 0xffffffffn),
    };
  switch (type) {
    case T.INT_VIRTIO: return { kind: "ext", type, params: parm, pad: 0, params2: parm64 };
    case T.INT_SERVICE: return { kind: "ext", type, params: parm, pad: 0, params2: 0n };
    case T.INT_PFAULT_DONE: return { kind: "ext", type, params: 0, pad: 0, params2: parm64 };
    case T.MCHK: return { kind: "mchk", cr14: BigInt(parm), mcic: parm64 };
  }
  return undefined;
}

/** The older argument on a CPU: undefined for a wrong type or a code that does not fit 16 bits. */
export function legacyLocal(type: number, parm: number, parm64: bigint): LocalInterrupt | undefined {
  const isCode = parm <= 0xffff;
  switch (type) {
    case T.PROGRAM_INT: return isCode ? { type, pgm: { ...emptyPgm(), code: parm } } : undefined;
    case T.INT_EMERGENCY:
    case T.INT_EXTERNAL_CALL: return isCode ? { type, code: parm } : undefined;
    case T.SIGP_SET_PREFIX: return { type, address: parm };
    case T.SIGP_STOP: return { type, flags: parm };
    case T.MCHK: return { type, mchk: { ...emptyMchk(), mcic: parm64 } };
    case T.INT_PFAULT_INIT: return { type, params: parm, pad: 0, params2: parm64 };
    case T.RESTART:
    case T.INT_CLOCK_COMP:
    case T.INT_CPU_TIMER: return { type };
  }
  return undefined;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
