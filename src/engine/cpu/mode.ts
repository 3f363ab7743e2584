/**
 * The translation mode: everything of PSW and control registers that decoding, compiled code and TLB entries
 * depend on. `key` goes into code (one bank and one set of predecoded pages per key); `context` only into the
 * TLB's contents, which are dropped when it changes.
 */
export const PswBit = {
  per: 0x40000000,
  dat: 0x04000000,
  io: 0x02000000,
  external: 0x01000000,
  machineCheck: 0x00040000,
  wait: 0x00020000,
  problem: 0x00010000,
  ea: 0x00000001,
} as const;
export const PSW_BA = 0x80000000;

export interface Mode {
  readonly key: number;
  readonly dat: boolean;
  /** 0 primary, 1 access register, 2 secondary, 3 home. */
  readonly addressSpace: number;
  readonly problem: boolean;
  readonly addressBits: 24 | 31 | 64;
  readonly afp: boolean;
  readonly vector: boolean;
  /** The program mask's bit for fixed-point overflow is on. */
  readonly overflow: boolean;
  /** The PSW's PER bit is on and control register 9 asks for some event. */
  readonly per: boolean;
}

/** CR9 bits 32-34; the events of bits 36 and 39 want one of these as well. */
const PER_EVENTS = 0xe0000000;

/** By key. */
const modes: (Mode | undefined)[] = [];

/** The same object for the same mode: it is asked for at every change of PSW or control registers. */
export function modeOf(
  maskHigh: number,
  maskLow: number,
  programMask: number,
  cr0Low: number,
  cr9Low: number,
): Mode {
  const dat = (maskHigh & PswBit.dat) !== 0;
  const addressSpace = dat ? (maskHigh >>> 14) & 3 : 0;
  const problem = (maskHigh & PswBit.problem) !== 0;
  const addressBits = maskHigh & PswBit.ea ? 64 : maskLow & PSW_BA ? 31 : 24;
  const afp = (cr0Low & 0x00040000) !== 0;
  const vector = afp && (cr0Low & 0x00020000) !== 0;
  const per = (maskHigh & PswBit.per) !== 0 && (cr9Low & PER_EVENTS) !== 0;
  const overflow = (programMask & 8) !== 0;
  const bits = addressBits === 64 ? 2 : addressBits === 31 ? 1 : 0;
  const key =
    Number(dat) |
    (addressSpace << 1) |
    (Number(problem) << 3) |
    (bits << 4) |
    (Number(afp) << 6) |
    (Number(vector) << 7) |
    (Number(per) << 8) |
    (Number(overflow) << 9);
  return (modes[key] ??= { key, dat, addressSpace, problem, addressBits, afp, vector, overflow, per });
}
