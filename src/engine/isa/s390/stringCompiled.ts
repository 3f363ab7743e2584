/**
 * SEARCH STRING and COMPARE LOGICAL STRING in their compiled form (Principles of Operation, chapter 7):
 * kernels run them for every name. One execution takes up to `UNITS` bytes and then ends with condition code
 * 3, as a CPU may.
 *
 * Registers are written only at the end, so an access exception leaves the instruction as if it had not
 * begun.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { Program } from "./instruction.ts";
import type { Builder, Meaning } from "./semantics.ts";

const UNITS = 256;

/** The ending character of general register 0, whose bits 32-55 must be zero. */
function endingByte(s: Builder): Val {
  const register = s.let(s.low(0));
  s.program(Program.specification, E.and32(register, k32(~0xff)));
  return register;
}

export const searchString: Meaning = (s, f) => {
  const wanted = endingByte(s);
  const start = s.addressIn(f.r2);
  const first = { value: s.let(start.value), base: start.base };
  const end = s.let(s.addressIn(f.r1).value);
  const at = s.variable(k64(0));
  /** 1 found, 2 end reached, 3 not yet. */
  const code = s.variable(k32(3));
  s.loop((again) => {
    const here = s.plus(first, at.get());
    s.if(E.eq64(here.value, end), () => code.set(k32(2)), () => {
      const byte = s.load32(1, here);
      s.if(E.eq32(byte, wanted), () => code.set(k32(1)), () => at.set(E.add64(at.get(), k64(1))));
    });
    again(E.and32(E.eq32(code.get(), k32(3)), E.ltu64(at.get(), k64(UNITS))));
  });
  const place = s.let(s.plus(first, at.get()).value);
  const done = s.let(code.get());
  s.if(E.eq32(done, k32(1)), () => s.setAddress(f.r1, place));
  s.if(E.eq32(done, k32(3)), () => s.setAddress(f.r2, place));
  s.setCcValue(done);
};

export const compareString: Meaning = (s, f) => {
  const ending = endingByte(s);
  const one = s.addressIn(f.r1);
  const two = s.addressIn(f.r2);
  const first = { value: s.let(one.value), base: one.base };
  const second = { value: s.let(two.value), base: two.base };
  const at = s.variable(k64(0));
  /** 0 equal up to the ending character, 1 and 2 as they differ, 3 not yet. */
  const code = s.variable(k32(3));
  s.loop((again) => {
    const a = s.load32(1, s.plus(first, at.get()));
    const b = s.load32(1, s.plus(second, at.get()));
    s.if(E.eq32(a, b), () => {
      s.if(E.eq32(a, ending), () => code.set(k32(0)), () => at.set(E.add64(at.get(), k64(1))));
    }, () => {
      // The ending character is lower than any other.
      const low = E.or32(E.eq32(a, ending), E.and32(E.ltu32(a, b), E.ne32(b, ending)));
      code.set(E.select(low, k32(1), k32(2)));
    });
    again(E.and32(E.eq32(code.get(), k32(3)), E.ltu64(at.get(), k64(UNITS))));
  });
  const done = s.let(code.get());
  const a = s.let(s.plus(first, at.get()).value);
  const b = s.let(s.plus(second, at.get()).value);
  s.if(done, () => {
    s.setAddress(f.r1, a);
    s.setAddress(f.r2, b);
  });
  s.setCcValue(done);
};
