/** Cases under program-event recording: the first event of a few instructions (chapter 4). */
import type { Prng } from "../../../src/engine/base/prng.ts";
import { Cr0, family, Mask, near, type Draft, type Family } from "./bareDraft.ts";
import { CODE } from "./bareStorage.ts";

const NOTHING = "lgr %r7,%r7";
const [BRANCH, FETCH, STORE, REAL_STORE, NULLIFIES, INTO] = [
  0x8000_0000n, 0x4000_0000n, 0x2000_0000n, 0x0800_0000n, 0x0100_0000n, 0x0080_0000n,
];

type Area = readonly [bigint, bigint];
function recorded(
  r: Prng, lines: readonly string[], ask: bigint, area: Area, more: Partial<Draft> = {},
): Draft {
  const space = r.pick([-1, 0]);
  const mask = Mask.per | r.pick([Mask.wide, Mask.wide, Mask.middle]) | (space < 0 ? 0n : Mask.dat);
  return {
    source: lines.join("\n"), mask, ...more,
    control: { 0: Cr0.edat | Cr0.afp | Cr0.vector, 9: ask, 10: area[0], 11: area[1], ...more.control },
  };
}
const codeArea = (r: Prng): Area => {
  const at = (): bigint => BigInt(CODE + r.below(24));
  const second = BigInt(CODE) + 4n;
  return r.pick<Area>([[at(), at()], [0n, 0xffff_ffff_ffff_ffffn], [at(), 0x7fff_ffffn], [second, second]]);
};

/** Eight bytes each, so that what follows stands where it stood in the case before. */
const filled = (branch: string, fill: number): string => `${branch}${"\nbcr 0,%r0".repeat(fill)}`;
const branches = [
  filled("j .+8", 2), filled("jnop .+8", 2), filled("brasl %r14,.+12", 1), filled("br %r8", 3),
  filled("bcr 0,%r8", 3), filled("basr %r14,%r8", 3), filled("brctg %r6,.+8", 2),
  filled("cgijne %r6,5,.+12", 1),
];
const stores = [
  ["stg %r1,0(%r2)", 8], ["stc %r1,3(%r2)", 4], ["mvc 0(16,%r2),32(%r2)", 16], ["stmg %r0,%r3,0(%r2)", 32],
  ["mvghi 0(%r2),1", 8], ["oi 1(%r2),1", 2], ["xc 0(9,%r2),0(%r2)", 9], ["stck 0(%r2)", 8],
  ["std %f0,0(%r2)", 8],
] as const;

export const perFamilies: readonly Family[] = [
  family("PER fetching", 120, (r) =>
    recorded(r, [NOTHING, r.pick([NOTHING, ".short 0, 0", "j .+4"]), NOTHING, NOTHING],
      FETCH | (r.below(3) ? 0n : NULLIFIES), codeArea(r))),
  family("PER branching", 160, (r) =>
    recorded(r, [NOTHING, r.pick(branches), NOTHING, NOTHING, NOTHING],
      BRANCH | (r.below(2) ? INTO : 0n), codeArea(r), { registers: { 8: BigInt(CODE) + 12n, 6: 2n } })),
  family("PER alteration", 40, (r) => {
    const at = near(r) & ~0x1ffn;
    const [text, length] = r.pick(stores);
    const edge = (): bigint => at + BigInt(r.pick([-1, 0, 1, length - 1, length, r.below(40)]));
    const first = edge();
    const area = r.pick([[first, first], [first, first + 5n], [edge(), edge()]] as const);
    return recorded(r, [NOTHING, text, NOTHING], STORE, area, { registers: { 2: at } });
  }),
  family("PER real stores", 60, (r) => recorded(r, [`${r.pick(["stura", "sturg"])} %r3,%r2`, NOTHING],
    r.pick([STORE | REAL_STORE, REAL_STORE | FETCH, STORE]), [1n, 1n], { registers: { 2: near(r) } })),
  family("PER combined", 60, (r) => recorded(r, [
    r.pick(["mc 0,0", ".short 0", "lghi %r2,1\nlpswe 0(%r2)", "llihf %r2,1\nlg %r2,0(%r2)", "svc 3"]),
    NOTHING,
  ], FETCH | STORE | BRANCH, codeArea(r), { control: { 8: 0xffffn } })),
];
