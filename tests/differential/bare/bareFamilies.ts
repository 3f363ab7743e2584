/** Families of control instructions, with operands at the edges (Principles of Operation, chapter 10). */
import type { Prng } from "../../../src/engine/base/prng.ts";
import {
  anyPlace, Cr0, family, Mask, near, page, place, value, type Draft, type Family,
} from "./bareDraft.ts";
import { DATA, HOME, LAST, OTHER_PREFIX, PRIMARY, SECOND, SECONDARY, STORAGE, WORK } from "./bareStorage.ts";

/** The operand at r2: a patched doubleword, now and then anywhere. */
function withOperand(r: Prng, source: string, doubleword: bigint, more: Partial<Draft> = {}): Draft {
  const at = near(r);
  const base = r.below(6) ? at : r.pick([at + 4n, at + 2n, at + 1n, place(r)]);
  return { source, patches: [[at, doubleword]], ...more, registers: { 2: base, ...more.registers } };
}

const system: readonly Family[] = [
  family("ssm", 120, (r) => {
    const mask = r.pick([0n, 4n, 4n, 0x80n, 8n, 0x10n, 0x20n, BigInt(r.below(256)) & ~0x43n]);
    const control = r.below(6) ? {} : { control: { 0: Cr0.ssmSuppression } };
    return withOperand(r, "ssm 0(%r2)", mask << 56n, control);
  }),
  family("stnsm stosm", 120, (r) => r.below(2)
    ? { source: `stnsm 0(%r2),${r.pick([0xff, 0xfb, 0, r.below(256)])}`, registers: { 2: place(r) } }
    : {
        source: `stosm 0(%r2),${r.pick([0, 4, 8, 0x80, r.below(256) & ~0x43])}`,
        registers: { 2: place(r) },
      }),
  family("lctl", 200, (r) => {
    const wide = r.below(2) === 0;
    const first = r.pick([2, 3, 4, 5, 6, 8, 10, 11, 12, 15]);
    const last = r.pick([first, first, first === 2 ? 6 : first === 10 ? 12 : first]);
    return withOperand(r, `${wide ? "lctlg" : "lctl"} %c${first},%c${last},0(%r2)`, r.u64());
  }),
  family("lctl spaces", 60, (r) => {
    const n = r.pick([0, 1, 7, 13]);
    const good = n === 0 ? Cr0.edat | Cr0.afp : r.pick([PRIMARY, SECONDARY, HOME, 0x20n, PRIMARY | 1n]);
    return withOperand(r, `lctlg %c${n},%c${n},0(%r2)`, good);
  }),
  family("stctl", 150, (r) => ({
    source: `${r.pick(["stctl", "stctg"])} %c${r.below(16)},%c${r.below(16)},0(%r2)`,
    registers: { 2: r.below(3) ? near(r) + r.pick([0n, 0n, 4n]) : place(r) },
  })),
  family("stpx", 50, (r) => ({ source: "stpx 0(%r2)", registers: { 2: r.below(2) ? near(r) : place(r) } })),
  family("spx", 100, (r) => {
    const prefix = r.pick([
      0n, OTHER_PREFIX, OTHER_PREFIX | 1n, OTHER_PREFIX | 0x1fffn, OTHER_PREFIX | 0x8000_0000n, STORAGE,
      0x7fff_e000n,
    ]);
    const at = near(r);
    const from = r.below(5) ? at + r.pick([0n, 4n]) : r.pick([at + 1n, SECOND + 0x1000n]);
    return { source: "spx 0(%r2)", patches: [[at, (prefix << 32n) | prefix]], registers: { 2: from } };
  }),
  family("lpsw", 200, (r) => {
    // Never from where chance would give a wait.
    const at = near(r);
    const from = r.below(6) ? at : r.pick([at + 4n, at + 1n, SECOND + 0x2000n]);
    const { wide, middle, dat, problem } = Mask;
    const valid = r.pick([wide, middle, 0n, wide | dat, wide | problem, dat]);
    const odd = r.below(4) ? 0n : r.pick([1n << 63n, 1n << 40n, 1n << 24n, 1n << 60n, Mask.middle]);
    const space = r.pick([0n, 2n, 3n]) << 46n;
    const mask = (valid | (BigInt(r.below(64)) << 40n) | (r.below(4) ? 0n : space)) ^ odd;
    const address = r.pick([0x10020n, 0x10020n, 0x8001_0020n, 0x100_0000n + 0x10020n, 0x10021n]);
    const registers = { 2: from };
    if (r.below(2)) return { source: "lpswe 0(%r2)", patches: [[at, mask], [at + 8n, address]], registers };
    const short = (mask & 0xffff_ffff_8000_0000n) | (1n << 51n) | (address & 0x7fff_ffffn);
    return { source: "lpsw 0(%r2)", patches: [[at, r.below(8) ? short : mask]], registers };
  }),
  family("epsw", 40, (r) => ({ source: `epsw %r${r.below(16)},%r${r.below(16)}` })),
  family("spka ipk", 120, (r) => r.below(4)
    ? { source: `spka ${r.below(0x200)}(%r2)`, registers: { 2: r.pick([0n, 0x30n, 0x80n, r.u64()]) } }
    : { source: "ipk" }),
  family("sac", 160, (r) => ({
    source: `${r.pick(["sac", "sacf"])} ${r.pick([0, 0x100, 0x200, 0x300, 0x400, 0x500, 0x1ff])}(%r0)`,
  })),
  family("iac epar esar esea", 8, (r) => ({
    source: `${r.pick(["iac", "epar", "esar", "esea"])} %r${r.below(16)}`,
  })),
  family("identification", 60, (r) => ({
    source: `${r.pick(["stap", "stidp"])} 0(%r2)\n${r.pick(["", "mvhhi 4(%r2),0"])}`,
    registers: { 2: r.below(3) ? near(r) : place(r) },
  })),
  family("mc", 40, (r) => ({ source: `mc ${r.below(4096)}(%r2),${r.pick([r.below(16), r.below(256)])}` })),
];

/** A byte of a work page, whose key is known, or of none. */
const keyed = (r: Prng): bigint => (r.below(6) ? page(r) : STORAGE + DATA) + BigInt(r.below(4096));
const keys = (r: Prng): Draft["keys"] & object => ({ 8: r.below(256) & 0xfe, 9: r.below(256) & 0xfe });
const storageKeys: readonly Family[] = [
  family("sske", 120, (r) => ({
    source: `sske %r3,%r2,${r.below(16)}`, keys: keys(r),
    registers: { 2: keyed(r), 3: r.below(2) ? value(r) : BigInt(r.below(256)) },
  })),
  family("iske rrbe ivsk", 240, (r) => ({
    source: `${r.pick(["iske", "rrbe", "ivsk"])} %r3,%r2`, keys: keys(r),
    registers: { 2: keyed(r) },
  })),
  family("pfmf", 6, (r) => ({
    source: "pfmf %r3,%r2",
    registers: {
      2: r.below(2) ? page(r) + BigInt(r.below(4096)) : place(r),
      3: (BigInt(r.below(4)) << 16n) | BigInt(r.below(256) & 0xfe),
    },
  })),
  family("tb", 60, (r) => ({ source: "tb %r0,%r2", registers: { 2: r.below(2) ? page(r) : place(r) } })),
  family("tprot", 160, (r) => ({
    source: `tprot 0(%r2),${r.pick([0, 0x30, 0x80, 0x90, r.below(256)])}`, keys: keys(r),
    registers: { 2: place(r) },
  })),
];

const translation: readonly Family[] = [
  family("lra", 260, (r) => ({
    source: `${r.pick(["lra", "lrag", "lray"])} %r3,0(%r2)`, registers: { 2: anyPlace(r) },
  })),
  family("lra tables", 60, (r) => {
    const type = BigInt(r.below(4));
    const asce = r.pick([
      PRIMARY | (type << 2n) | BigInt(r.below(4)), 0x20n, STORAGE | BigInt(r.below(4)), PRIMARY | 3n,
    ]);
    return {
      source: "lrag %r3,0(%r2)", control: { 1: asce }, mask: Mask.wide | (r.below(4) ? Mask.dat : 0n),
      registers: { 2: r.below(3) ? anyPlace(r) : 1n << BigInt(20 + r.below(44)) },
    };
  }),
  family("strag", 6, (r) => ({
    source: "strag 0(%r3),0(%r2)", registers: { 2: place(r), 3: r.below(3) ? near(r) : place(r) },
  })),
  family("lura stura", 240, (r) => ({
    source: `${r.pick(["lura", "lurag", "stura", "sturg"])} %r3,%r2`,
    registers: { 2: r.below(3) ? page(r) + BigInt(8 * r.below(512)) : place(r) },
  })),
  family("ipte", 100, (r) => ({
    source: `ipte %r3,%r2${r.below(2) ? "" : `,%r${r.pick([0, 4])},${r.below(2)}`}\nlrag %r5,0(%r6)`,
    registers: {
      2: r.pick([DATA, LAST, value(r)]), 3: BigInt(WORK + 0x1000 + r.below(0x800)), 4: BigInt(r.below(4)),
      6: DATA,
    },
  })),
  family("idte", 80, (r) => ({
    source: `idte %r3,%r4,%r2${r.below(2) ? "" : ",1"}\nlrag %r5,0(%r6)`,
    registers: {
      2: r.pick([DATA, 0x100000n, value(r) & 0xf_ffffn]) | BigInt(r.pick([0, 1, 2, 0x800])),
      3: BigInt(WORK + r.below(4)),
      6: r.pick([DATA, 0x100000n]),
    },
  })),
  family("csp", 120, (r) => {
    const at = near(r);
    const wide = r.below(2) === 0;
    const now = r.u64();
    const same = wide ? now : now >> 32n;
    return {
      source: `${wide ? "cspg" : "csp"} %r${r.below(8) ? 4 : 5},%r2`, patches: [[at, now]],
      registers: {
        2: (r.below(5) ? at : place(r)) | BigInt(r.below(4)), 4: r.below(2) ? same : r.u64(), 5: r.u64(),
      },
    };
  }),
  family("ptlb", 20, () => ({ source: "ptlb" })),
];

/** The peer takes wrong bits of the PSW-key mask and checks no key: here every key is allowed and matches. */
const allKeys = { control: { 3: 0xffff_0000n }, keys: { 12: 0, 13: 0, 14: 0 } };
const length = (r: Prng): bigint =>
  r.pick([0n, 1n, 8n, 255n, 256n, 257n, 4096n, BigInt(r.below(300)), r.u64()]);
const moves: readonly Family[] = [
  family("mvcp mvcs mvck", 320, (r) => ({
    source: `${r.pick(["mvcp", "mvcs", "mvck"])} 0(%r4,%r2),0(%r3),%r5`,
    ...allKeys, registers: { 2: place(r), 3: place(r), 4: length(r), 5: 0n },
  })),
  family("mvcsk mvcdk", 8, (r) => ({
    source: `${r.pick(["mvcsk", "mvcdk"])} 0(%r2),0(%r3)`,
    registers: { 2: place(r), 3: place(r), 0: length(r), 1: r.pick([0n, 0x30n, 0x80n, r.u64()]) },
  })),
  family("mvcos", 240, (r) => ({
    source: "mvcos 0(%r2),0(%r3),%r4", ...allKeys,
    registers: {
      2: place(r), 3: place(r), 4: r.pick([length(r), 5000n]),
      0: BigInt(r.pick([0, 0, 0x81, 0xc1, 1])) * 0x1_0000n + BigInt(r.pick([0, 0, 0x81, 0xc1, 1])),
    },
  })),
  family("mvpg", 200, (r) => ({
    source: "mvpg %r2,%r3", ...allKeys,
    registers: { 2: place(r), 3: place(r), 0: BigInt(r.pick([0, 0, 0x100, 0x800, 0x400, 0xc00, 0x1000])) },
  })),
];

const time: readonly Family[] = [
  family("clock comparator", 80, (r) => withOperand(r, "sckc 0(%r2)\nstckc 16(%r2)", r.u64() | (1n << 63n))),
  family("cpu timer", 80, (r) =>
    withOperand(r, "spt 0(%r2)\nstpt 16(%r2)\nxc 20(4,%r2),20(%r2)", r.u64() | 0xffff_ffffn)),
  family("store clock", 80, (r) => ({
    source: `${r.pick(["stck", "stckf", "stcke"])} 0(%r2)\nxc 0(16,%r2),0(%r2)`,
    registers: { 2: place(r) },
  })),
  family("sckpf", 40, (r) => ({
    source: "sckpf", registers: { 0: r.pick([0n, 0xffffn, 0x1_0000n, value(r)]) },
  })),
];

const outside: readonly Family[] = [
  family("sigp", 160, (r) => ({
    source: `sigp %r4,%r3,${r.pick([0, 1, 2, 3, 4, 0x0d, 0x0e, 0x12, 0x13, 0x15, 0x3f])}`,
    registers: { 3: r.pick([0n, 0n, 1n, 5n]), 4: value(r), 5: r.pick([0n, 1n, 0x2000n, value(r)]) },
  })),
  family("tpi", 60, (r) => ({ source: `tpi 0(%r2)`, registers: { 2: r.pick([0n, near(r), place(r)]) } })),
];

export const controlFamilies: readonly Family[] = [
  ...system, ...storageKeys, ...translation, ...moves, ...time, ...outside,
];
