/**
 * What the table does not say about operands, as far as a generator wants to know: which general registers
 * hold addresses, lengths, function codes; which instructions go to their second operand; what alignment
 * storage operands need (Principles of Operation, chapters 7, 8, 10 and 18). A gap here makes a sequence
 * duller, never wrong.
 */

/** Register contents an instruction wants. */
export type Role =
  | "address" | "length" | "code" | "page" | "key" | "function" | "realAddress" | "controls" | "pair"
  | "small" | "radix";

type Roles = { readonly [register: string]: Role };
/** Keys are field names, "r1+1" for the odd one of a pair, "0" and "1" for general registers. */
const roles: readonly (readonly [RegExp, Roles])[] = [
  [/^(bcr|basr|balr|bsm|bassm|bctr|bctgr)$/, { r2: "code" }],
  [/^(mvcl|clcl)$/, { r1: "address", "r1+1": "length", r2: "address", "r2+1": "length" }],
  [/^(mvcle|clcle|mvclu|clclu)$/, { r1: "address", "r1+1": "length", r3: "address", "r3+1": "length" }],
  [/^cu(12|21|14|24|41|42)$/, { r1: "address", "r1+1": "length", r2: "address", "r2+1": "length" }],
  [
    /^(cuse)$/,
    { r1: "address", "r1+1": "length", r2: "address", "r2+1": "length", "0": "small", "1": "small" },
  ],
  [/^tr(oo|ot|to|tt)$/, { r1: "address", "r1+1": "length", r2: "address", "0": "small", "1": "page" }],
  [/^(trte|trtre)$/, { r1: "address", "r1+1": "length", "1": "page" }],
  [/^tre$/, { r1: "address", "r1+1": "length", r2: "address", "0": "small" }],
  [/^cfc$/, { "1": "address", "2": "small", "3": "address" }],
  [/^upt$/, { "4": "page", "5": "length" }],
  [/^cksm$/, { r2: "address", "r2+1": "length" }],
  [/^(mvst|clst)$/, { r1: "address", r2: "address", "0": "small" }],
  [/^srstu?$/, { r1: "address", r2: "address", "0": "small" }],
  [/^mvpg$/, { r1: "address", r2: "address", "0": "controls" }],
  [/^km[ac]?c?$/, { r1: "address", r2: "address", "r2+1": "length", "0": "function", "1": "address" }],
  [
    /^(kimd|klmd|prno|pckmo|pcc)$/,
    { r1: "address", r2: "address", "r2+1": "length", "0": "function", "1": "address" },
  ],
  [/^(lurag?|sturag?|sturg|iske|sske|rrbe|rrbm|ivsk|tb|servc)$/, { r2: "realAddress" }],
  [/^(ipte|idte|crdte)$/, { r1: "controls", r2: "page", r3: "page" }],
  [/^pfmf$/, { r1: "controls", r2: "page" }],
  [/^cspg?$/, { r2: "address" }],
  [/^(mvcp|mvcs|mvck)$/, { r1: "length", r3: "key" }],
  [/^mvcos$/, { r3: "length", "0": "controls" }],
  [/^(mvcsk|mvcdk)$/, { "0": "length", "1": "key" }],
  [/^lptea$/, { r2: "page" }],
  [/^pfpo$/, { "0": "radix" }],
  [/^(plo|csst)$/, { "0": "function", "1": "address", r3: "address" }],
  [/^(stfle|stsi)$/, { "0": "small", "1": "small" }],
  [/^ptff$/, { "0": "function", "1": "address" }],
  [/^(sal|schm|msch|ssch|stsch|tsch)$/, { "1": "small" }],
  [/^(sfpc|srnm)$/, { r1: "small" }],
  [/^chsc$/, { r1: "page" }],
  [/^(brct|brctg|brcth|bct|bctg|bctr|bctgr|brxh|brxle|brxhg|brxlg|bxh|bxle|bxhg|bxleg)$/, { r1: "small" }],
  [/^(spka|sac|sacf)$/, {}],
];

export function rolesOf(mnemonic: string): readonly Roles[] {
  return roles.filter(([names]) => names.test(mnemonic)).map(([, wants]) => wants);
}

const alignments: readonly (readonly [RegExp, number])[] = [
  [
    /^(csy?|cds?y?|lamy?|stamy?|la[alnox]|laal|lpd|lctl|stctl|spx|stpx|trace|stcrw|tpi|msch|ss?t?sch|tsch)$/,
    4,
  ],
  [/^(l|lgf|llgf|st|c|cgf|cl|clgf)rl$/, 4],
  [/^(lgrl|stgrl|cl?grl|csg|la[anox]g|laalg|lpdg|lctlg|stctg|lpswe?|sckc?|spt|stpt|stckc|stidp)$/, 8],
  [/^(plo|ectg|strag|lasp|bic|tracg|stfle|lpp)$/, 8],
  [/^(cdsg|lpq|stpq|csst)$/, 16],
  [/^(stap|stcke|cfc)$/, 2],
  [/^stsi$/, 4096],
];
export function alignmentOf(mnemonic: string): number {
  return alignments.find(([names]) => names.test(mnemonic))?.[1] ?? 1;
}

/** The second- or fourth-operand address, or the relative field, is where the instruction goes. */
export const goesToAddress = (mnemonic: string): boolean =>
  /^(bc|bctg?|bas|bal|bxh|bxle|bxhg|bxleg|c(l?)(g?)[ri]b|pt)$/.test(mnemonic);
export const goesRelative = (mnemonic: string): boolean =>
  /^(brc|brcl|brctg?|brcth|brxh|brxle|brxhg|brxlg|bras|brasl|c(l?)(g?)[ri]j|bprp)$/.test(mnemonic);

const upsetting = [
  /^(rp|trap[24])$/,
  /^(lpswe?|p[rct]|bakr|sacf?|s(s|to|tn)?sm|lctlg?|spx|sam\d\d|b(as)?sm|spka|ssar|lasp|ptlb|ipk)$/,
  /^(svc|mc|sigp|diag|servc)$/,
];
/**
 * Instructions after which hardly anything of a sequence's mode is left: rare except where they are the
 * subject.
 */
export const upsetsMode = (mnemonic: string): boolean => upsetting.some((names) => names.test(mnemonic));

/** Operands that must be packed digits. */
export const wantsDigits = (mnemonic: string): boolean =>
  /^(ap|sp|zap|cp|mp|dp|tp|srp|edmk?|cvb[yg]?|unpk|cdpt|cxpt|vlrlr?|vpk)$/.test(mnemonic);
