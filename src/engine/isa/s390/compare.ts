/**
 * COMPARE and COMPARE LOGICAL: registers, immediates, storage, relative operands, bytes under mask,
 * characters (Principles of Operation, chapter 7).
 */
import { op, type Instruction } from "./instruction.ts";
import { gathered } from "./byteMask.ts";
import * as O from "./generalOperand.ts";
import {
  based,
  doubleword,
  firstBased,
  halfwordSigned32,
  indexed,
  relativeOperand,
  signed,
  unsigned,
  word,
  type Source,
} from "./generalOperand.ts";
import { compareCharacters } from "./storageOperand.ts";
import { Cc, type Meaning } from "./semantics.ts";

const compareSigned = (first: Source, second: Source): Meaning => (s, f) => {
  const y = second(s, f);
  s.setCc(Cc.signed, first(s, f), y);
};
const compareLogical = (first: Source, second: Source): Meaning => (s, f) => {
  const y = second(s, f);
  s.setCc(Cc.unsigned, first(s, f), y);
};
/**
 * COMPARE LOGICAL CHARACTERS UNDER MASK: the selected bytes of one word of the register, side by side, with
 * storage.
 */
const compareUnderMask = (wordOf: Source): Meaning => (s, f) => {
  const { register, storage } = gathered(s, s.let(wordOf(s, f)), s.i32(f.m3), based(s, f));
  s.setCc(Cc.unsigned, register, storage);
};

const LONG_DISPLACEMENT = { facility: 18 };
const EXTENDED_IMMEDIATE = { facility: 21 };
const GENERAL_EXTENSION = { facility: 34 };

export const compare: readonly Instruction[] = [
  // COMPARE
  op("cr", "RR", 0x19, compareSigned(O.low1, O.low2)),
  op("c", "RX-a", 0x59, compareSigned(O.low1, word(indexed))),
  op("cy", "RXY-a", 0xe359, compareSigned(O.low1, word(indexed)), LONG_DISPLACEMENT),
  op("cgr", "RRE", 0xb920, compareSigned(O.whole1, O.whole2)),
  op("cgfr", "RRE", 0xb930, compareSigned(O.whole1, O.signed2)),
  op("cg", "RXY-a", 0xe320, compareSigned(O.whole1, doubleword(indexed)), { specialize: { x2: [0] } }),
  op("cgf", "RXY-a", 0xe330, compareSigned(O.whole1, signed(4, indexed))),
  op("ch", "RX-a", 0x49, compareSigned(O.low1, halfwordSigned32(indexed))),
  op("chy", "RXY-a", 0xe379, compareSigned(O.low1, halfwordSigned32(indexed)), LONG_DISPLACEMENT),
  op("cgh", "RXY-a", 0xe334, compareSigned(O.whole1, signed(2, indexed)), GENERAL_EXTENSION),
  op("chi", "RI-a", 0xa7e, compareSigned(O.low1, O.immediate32)),
  op("cghi", "RI-a", 0xa7f, compareSigned(O.whole1, O.immediate64)),
  op("cfi", "RIL-a", 0xc2d, compareSigned(O.low1, O.immediate32), EXTENDED_IMMEDIATE),
  op("cgfi", "RIL-a", 0xc2c, compareSigned(O.whole1, O.immediate64), EXTENDED_IMMEDIATE),
  op("chsi", "SIL", 0xe55c, compareSigned(word(firstBased), O.immediate32), GENERAL_EXTENSION),
  op("cghsi", "SIL", 0xe558, compareSigned(doubleword(firstBased), O.immediate64), GENERAL_EXTENSION),
  op("chhsi", "SIL", 0xe554, compareSigned(halfwordSigned32(firstBased), O.immediate32), GENERAL_EXTENSION),
  op("crl", "RIL-b", 0xc6d, compareSigned(O.low1, word(relativeOperand(4))), GENERAL_EXTENSION),
  op("cgrl", "RIL-b", 0xc68, compareSigned(O.whole1, doubleword(relativeOperand(8))), GENERAL_EXTENSION),
  op("cgfrl", "RIL-b", 0xc6c, compareSigned(O.whole1, signed(4, relativeOperand(4))), GENERAL_EXTENSION),
  op("chrl", "RIL-b", 0xc65, compareSigned(O.low1, halfwordSigned32(relativeOperand(2))), GENERAL_EXTENSION),
  op("cghrl", "RIL-b", 0xc64, compareSigned(O.whole1, signed(2, relativeOperand(2))), GENERAL_EXTENSION),
  // COMPARE LOGICAL
  op("clr", "RR", 0x15, compareLogical(O.low1, O.low2)),
  op("cl", "RX-a", 0x55, compareLogical(O.low1, word(indexed))),
  op("cly", "RXY-a", 0xe355, compareLogical(O.low1, word(indexed)), LONG_DISPLACEMENT),
  op("clgr", "RRE", 0xb921, compareLogical(O.whole1, O.whole2)),
  op("clgfr", "RRE", 0xb931, compareLogical(O.whole1, O.unsigned2)),
  op("clg", "RXY-a", 0xe321, compareLogical(O.whole1, doubleword(indexed)), { specialize: { x2: [0] } }),
  op("clgf", "RXY-a", 0xe331, compareLogical(O.whole1, unsigned(4, indexed))),
  op("clfi", "RIL-au", 0xc2f, compareLogical(O.low1, O.immediate32), EXTENDED_IMMEDIATE),
  op("clgfi", "RIL-au", 0xc2e, compareLogical(O.whole1, O.immediateUnsigned), EXTENDED_IMMEDIATE),
  op("cli", "SI", 0x95, compareLogical(unsigned(1, firstBased), O.immediateUnsigned)),
  op("cliy", "SIY", 0xeb55, compareLogical(unsigned(1, firstBased), O.immediateUnsigned), LONG_DISPLACEMENT),
  op("clfhsi", "SILu", 0xe55d,
    compareLogical(unsigned(4, firstBased), O.immediateUnsigned), GENERAL_EXTENSION),
  op("clghsi", "SILu", 0xe559,
    compareLogical(doubleword(firstBased), O.immediateUnsigned), GENERAL_EXTENSION),
  op("clhhsi", "SILu", 0xe555,
    compareLogical(unsigned(2, firstBased), O.immediateUnsigned), GENERAL_EXTENSION),
  op("clrl", "RIL-b", 0xc6f, compareLogical(O.low1, word(relativeOperand(4))), GENERAL_EXTENSION),
  op("clgrl", "RIL-b", 0xc6a, compareLogical(O.whole1, doubleword(relativeOperand(8))), GENERAL_EXTENSION),
  op("clgfrl", "RIL-b", 0xc6e, compareLogical(O.whole1, unsigned(4, relativeOperand(4))), GENERAL_EXTENSION),
  op("clhrl", "RIL-b", 0xc67,
    compareLogical(O.low1, (s, f) => s.load32(2, relativeOperand(2)(s, f))), GENERAL_EXTENSION),
  op("clghrl", "RIL-b", 0xc66, compareLogical(O.whole1, unsigned(2, relativeOperand(2))), GENERAL_EXTENSION),
  op("clm", "RS-b", 0xbd, compareUnderMask(O.low1)),
  op("clmy", "RSY-b", 0xeb21, compareUnderMask(O.low1), LONG_DISPLACEMENT),
  op("clmh", "RSY-b", 0xeb20, compareUnderMask(O.high1)),
  op("clc", "SS-a", 0xd5, compareCharacters),
];
