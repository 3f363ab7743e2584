/** A register's value in the radix that a person reads it in, and back. */
export const radices = ["hex", "unsigned", "signed", "binary"] as const;
export type Radix = (typeof radices)[number];

/** Two's complement of so many bits. */
const signed = (value: bigint, bits: number): bigint => BigInt.asIntN(bits, value);

export function shown(hex: string, radix: Radix): string {
  const bits = hex.length * 4;
  const value = BigInt(`0x${hex}`);
  switch (radix) {
    case "hex":
      return hex;
    case "unsigned":
      return value.toString();
    case "signed":
      return signed(value, bits).toString();
    case "binary":
      return value
        .toString(2)
        .padStart(bits, "0")
        .replace(/\B(?=(.{8})+$)/g, " ");
  }
}

/** All digits of what was typed, or the sentence that says what is allowed. */
export function parsed(text: string, radix: Radix, digits: number): { hex: string } | { problem: string } {
  const bits = digits * 4;
  const typed = text.trim().replaceAll(/[\s_]/g, "");
  const allowed = {
    hex: [/^(0x)?[0-9a-f]+$/i, `up to ${digits} hex digits`],
    unsigned: [/^\d+$/, `a whole number below 2^${bits}`],
    signed: [/^-?\d+$/, `a whole number of ${bits} bits with sign`],
    binary: [/^[01]+$/, `up to ${bits} zeros and ones`],
  } as const;
  const [pattern, what] = allowed[radix];
  const problem = { problem: `"${text.trim()}" cannot be taken; type ${what}.` };
  if (!pattern.test(typed)) return problem;
  const prefix = radix === "hex" ? "0x" : radix === "binary" ? "0b" : "";
  const isNegative = typed.startsWith("-");
  const digitsTyped = typed.replace(/^(0x|-)/i, "");
  const value = BigInt(prefix + digitsTyped) * (isNegative ? -1n : 1n);
  const fits = isNegative ? signed(value, bits) === value : BigInt.asUintN(bits, value) === value;
  const fitsSigned = radix !== "signed" || signed(value, bits) === value;
  if (!fits || !fitsSigned) return problem;
  return { hex: BigInt.asUintN(bits, value).toString(16).padStart(digits, "0") };
}

export const nextRadix = (radix: Radix): Radix => radices[(radices.indexOf(radix) + 1) % radices.length]!;
