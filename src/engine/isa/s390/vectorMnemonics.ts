/**
 * Extended mnemonics of vector instructions: the element size, the format, "single element" and "condition
 * code set" become part of the name (Principles of Operation, chapters 21 to 25, "Extended mnemonics" of each
 * instruction).
 *
 * Fields are named by the bit where they start ("@32=1": the field at bit 32 is 1; "@24&3=1": its bits 3 are
 * 1), because the number of the mask field differs between formats. Invariant: names are those GNU as knows.
 */

/** Name, base mnemonic, fixed fields. */
export type VectorMnemonic = readonly [name: string, base: string, fixed: string];

const elementCode: { readonly [letter: string]: number } = { b: 0, h: 1, f: 2, g: 3, q: 4 };
/** Where the plain name with h would be another instruction's. */
const halfwordNames: { readonly [base: string]: string } = { vml: "vmlhw", vmal: "vmalhw", vupl: "vuplhw" };
const formatCode: { readonly [suffix: string]: number } = { sb: 2, db: 3, xb: 4 };

/** "base:letters"; the element size is at bit 32. */
const sizedAt32 = (
  "vllez:bhfg vlrep:bhfg vlgv:bhfg vlvg:bhfg vesl:bhfg verll:bhfg vesrl:bhfg vesra:bhfg vrepi:bhfg " +
  "vgm:bhfg vrep:bhfg vpopct:bhfg vctz:bhfg vclz:bhfg vseg:bhf vmrl:bhfg vmrh:bhfg vsum:bh vsumg:hf " +
  "vsumq:fg veslv:bhfg verim:bhfg verllv:bhfg vesrlv:bhfg vesrav:bhfg vpk:hfg vmlh:bhf vml:bhf vmh:bhf " +
  "vmle:bhf vmlo:bhf vme:bhf vmo:bhf vgfm:bhfg vupll:bhf vuplh:bhf vupl:bhf vuph:bhf vecl:bhfg vec:bhfg " +
  "vlc:bhfg vlp:bhfg vavgl:bhfg vacc:bhfgq vavg:bhfg va:bhfgq vscbi:bhfgq vs:bhfgq vmnl:bhfg vmxl:bhfg " +
  "vmn:bhfg vmx:bhfg vllebrz:hf vlbrrep:hfg vlbr:hfgq vler:hfg vstbr:hfgq vster:hfg"
).split(" ");
/** The same with the element size at bit 20. */
const sizedAt20 = (
  "vmalh:bhf vmal:bhf vmah:bhf vmale:bhf vmalo:bhf vmae:bhf vmao:bhf vgfma:bhfg vmsl:g vaccc:q vac:q " +
  "vsbcbi:q vsbi:q"
).split(" ");
/** Element size at bit 32, condition code set at bit 24: a trailing s. */
const comparing = "vceq:bhfg vchl:bhfg vch:bhfg vpkls:hfg vpks:hfg".split(" ");

/** Floating point: format at bit 32 (20 for four operands), single element at bit 28: a leading w. */
const floatingAt32 = "vfpso vftci vfsq vfs vfa vfd vfm vfmin vfmax".split(" ");
const floatingAt20 = "vfms vfma vfnms vfnma".split(" ");

const irregular: readonly VectorMnemonic[] = [
  ["vzero", "vgbm", "@16=0"],
  ["vone", "vgbm", "@16=ffff"],
  ["vllezlf", "vllez", "@32=6"],
  ["lerv", "vllebrz", "@32=6"],
  ["ldrv", "vllebrz", "@32=3"],
  ["sterv", "vstebrf", "@32=0"],
  ["stdrv", "vstebrg", "@32=0"],
  ["vclfeb", "vclfp", "@28&8=0 @32=2"],
  ["wclfeb", "vclfp", "@28&8=8 @32=2"],
  ["vclgdb", "vclfp", "@28&8=0 @32=3"],
  ["wclgdb", "vclfp", "@28&8=8 @32=3"],
  ["vcelfb", "vcfpl", "@28&8=0 @32=2"],
  ["wcelfb", "vcfpl", "@28&8=8 @32=2"],
  ["vcdlgb", "vcfpl", "@28&8=0 @32=3"],
  ["wcdlgb", "vcfpl", "@28&8=8 @32=3"],
  ["vcfeb", "vcsfp", "@28&8=0 @32=2"],
  ["wcfeb", "vcsfp", "@28&8=8 @32=2"],
  ["vcgdb", "vcsfp", "@28&8=0 @32=3"],
  ["wcgdb", "vcsfp", "@28&8=8 @32=3"],
  ["vcefb", "vcfps", "@28&8=0 @32=2"],
  ["wcefb", "vcfps", "@28&8=8 @32=2"],
  ["vcdgb", "vcfps", "@28&8=0 @32=3"],
  ["wcdgb", "vcfps", "@28&8=8 @32=3"],
  ["vflls", "vfll", "@28=0 @32=2"],
  ["wflls", "vfll", "@28=8 @32=2"],
  ["wflld", "vfll", "@28=8 @32=3"],
  ["vflrd", "vflr", "@28&8=0 @32=3"],
  ["wflrd", "vflr", "@28&8=8 @32=3"],
  ["wflrx", "vflr", "@28&8=8 @32=4"],
  ["vfisb", "vfi", "@28&8=0 @32=2"],
  ["vfidb", "vfi", "@28&8=0 @32=3"],
  ["wfisb", "vfi", "@28&8=8 @32=2"],
  ["wfidb", "vfi", "@28&8=8 @32=3"],
  ["wfixb", "vfi", "@28&8=8 @32=4"],
  ["wfcsb", "wfc", "@28=0 @32=2"],
  ["wfcdb", "wfc", "@28=0 @32=3"],
  ["wfcxb", "wfc", "@28=0 @32=4"],
  ["wfksb", "wfk", "@28=0 @32=2"],
  ["wfkdb", "wfk", "@28=0 @32=3"],
  ["wfkxb", "wfk", "@28=0 @32=4"],
];

function* sized(families: readonly string[], start: number): Generator<VectorMnemonic> {
  for (const family of families) {
    const [base, letters] = family.split(":") as [string, string];
    for (const letter of letters) {
      const name = (letter === "h" && halfwordNames[base]) || base + letter;
      yield [name, base, `@${start}=${elementCode[letter]}`];
    }
  }
}

function* compared(): Generator<VectorMnemonic> {
  for (const [name, base, fixed] of sized(comparing, 32)) {
    yield [name, base, `${fixed} @24=0`];
    yield [`${name}s`, base, `${fixed} @24=1`];
  }
}

/**
 * String instructions: z for "zero search" (bit value 2), s for "condition code set" (1), both in one field
 * at bit 24.
 */
function* searching(): Generator<VectorMnemonic> {
  for (const letter of "bhf") {
    const size = `@32=${elementCode[letter]}`;
    yield [`vistr${letter}`, "vistr", size];
    yield [`vistr${letter}s`, "vistr", `${size} @24=1`];
    yield [`vstrs${letter}`, "vstrs", `@20=${elementCode[letter]}`];
    yield [`vstrsz${letter}`, "vstrs", `@20=${elementCode[letter]} @24=2`];
    for (const base of ["vfee", "vfene"]) {
      yield [base + letter, base, size];
      for (const [z, s, value] of [
        ["", "s", 1],
        ["z", "", 2],
        ["z", "s", 3],
      ] as const)
        yield [base + z + letter + s, base, `${size} @24=${value}`];
    }
    for (const [base, where] of [
      ["vfae", size],
      ["vstrc", `@20=${elementCode[letter]}`],
    ] as const)
      for (const [z, s, value] of [
        ["", "", 0],
        ["", "s", 1],
        ["z", "", 2],
        ["z", "s", 3],
      ] as const)
        yield [base + z + letter + s, base, `${where} @24&3=${value}`];
  }
}

function* floating(families: readonly string[], start: number): Generator<VectorMnemonic> {
  for (const base of families)
    for (const [suffix, code] of Object.entries(formatCode)) {
      if (suffix !== "xb") yield [base + suffix, base, `@${start}=${code} @28=0`];
      yield [`w${base.slice(1)}${suffix}`, base, `@${start}=${code} @28=8`];
    }
}

function* floatingComparing(): Generator<VectorMnemonic> {
  const families = [
    ["vfce", "fce", "fke"],
    ["vfche", "fche", "fkhe"],
    ["vfch", "fch", "fkh"],
  ] as const;
  for (const [base, quiet, signaling] of families) {
    const variants = [
      ["v", quiet, "0"],
      ["v", signaling, "4"],
      ["w", quiet, "8"],
      ["w", signaling, "c"],
    ] as const;
    for (const [suffix, code] of Object.entries(formatCode))
      for (const [lead, stem, single] of variants)
        for (const [set, value] of [
          ["", 0],
          ["s", 1],
        ] as const)
          if (lead === "w" || suffix !== "xb")
            yield [lead + stem + suffix + set, base, `@32=${code} @28=${single} @24=${value}`];
  }
}

function* signs(): Generator<VectorMnemonic> {
  for (const [stem, operation] of [
    ["flc", 0],
    ["fln", 1],
    ["flp", 2],
  ] as const)
    for (const [suffix, code] of Object.entries(formatCode)) {
      if (suffix !== "xb") yield [`v${stem}${suffix}`, "vfpso", `@32=${code} @28=0 @24=${operation}`];
      yield [`w${stem}${suffix}`, "vfpso", `@32=${code} @28=8 @24=${operation}`];
    }
}

export const vectorMnemonics: readonly VectorMnemonic[] = [
  ...sized(sizedAt32, 32),
  ...sized(sizedAt20, 20),
  ...compared(),
  ...searching(),
  ...floating(floatingAt32, 32),
  ...floating(floatingAt20, 20),
  ...floatingComparing(),
  ...signs(),
  ...irregular,
];
