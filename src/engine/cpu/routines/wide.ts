/**
 * Arithmetic on more than 64 bits for meanings that would be long inline (DIVIDE LOGICAL with a 128-bit
 * dividend). Method: Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D with two 32-bit
 * quotient digits.
 */
import { FunctionBuilder } from "../../wasm/function.ts";
import type { ModuleBuilder } from "../../wasm/module.ts";
import * as E from "../../wasm/value.ts";
import { I64, k32, k64, type Val } from "../../wasm/value.ts";
import { Reg } from "../layout.ts";
import type { RoutineBuilder } from "./routines.ts";

const DIGIT = k64(0x1_0000_0000n);
const LOW = k64(0xffffffffn);
const THIRTY_TWO = k64(32);

/** One quotient digit of `rest`:`next` by the normalised divisor; `rest` < divisor. */
function digit(fn: FunctionBuilder, rest: Val, next: Val, top: Val, bottom: Val): Val {
  const quotient = fn.local(I64);
  const remainder = fn.local(I64);
  fn.set(quotient, E.divu64(rest, top));
  fn.set(remainder, E.sub64(rest, E.mul64(fn.get(quotient), top)));
  const done = fn.block();
  const again = fn.loop();
  const tooLarge = E.or32(
    E.geu64(fn.get(quotient), DIGIT),
    E.gtu64(E.mul64(fn.get(quotient), bottom), E.or64(E.shl64(fn.get(remainder), THIRTY_TWO), next)),
  );
  fn.brIf(done, E.eqz32(tooLarge));
  fn.set(quotient, E.sub64(fn.get(quotient), k64(1)));
  fn.set(remainder, E.add64(fn.get(remainder), top));
  // A remainder of more than one digit cannot be improved any more.
  fn.brIf(again, E.ltu64(fn.get(remainder), DIGIT));
  fn.end();
  fn.end();
  return fn.get(quotient);
}

/** (high, low, divisor) → quotient of the unsigned division; high < divisor, so that it has 64 bits. */
function divideUnsigned128(m: ModuleBuilder): number {
  const fn = new FunctionBuilder([I64, I64, I64], [I64]);
  const [high, low] = [fn.get(0), fn.get(1)];
  fn.store32(k32(0), k32(0), Reg.fault);
  const by = fn.let(E.clz64(fn.get(2)));
  const divisor = fn.let(E.shl64(fn.get(2), by));
  const top = fn.let(E.shru64(divisor, THIRTY_TWO));
  const bottom = fn.let(E.and64(divisor, LOW));
  // A shift by 64 is one by 0 in WebAssembly.
  const carried = E.select(E.eqz64(by), k64(0), E.shru64(low, E.sub64(k64(64), by)));
  const rest = fn.let(E.or64(E.shl64(high, by), carried));
  const tail = fn.let(E.shl64(low, by));
  const upper = fn.let(E.shru64(tail, THIRTY_TWO));
  const first = digit(fn, rest, upper, top, bottom);
  const left = fn.let(E.sub64(E.or64(E.shl64(rest, THIRTY_TWO), upper), E.mul64(first, divisor)));
  const second = digit(fn, left, fn.let(E.and64(tail, LOW)), top, bottom);
  fn.return_(E.or64(E.shl64(first, THIRTY_TWO), second));
  fn.unreachable();
  return m.add(fn);
}

export const wideRoutines: readonly RoutineBuilder[] = [
  { name: "divideUnsigned128", params: [I64, I64, I64], result: true, build: divideUnsigned128 },
];
