/**
 * Single vector elements to and from storage (Principles of Operation, chapter 21, "VECTOR LOAD ELEMENT" and
 * "VECTOR STORE ELEMENT", with and without reversed bytes).
 */
import type { Val } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import { op, Program, type Instruction, type Options } from "./instruction.ts";
import type { Address, Builder, Fields } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { vector, type Size } from "./vectorElement.ts";

export const bytesOf = (size: Size): 1 | 2 | 4 | 8 => (1 << size) as 1 | 2 | 4 | 8;
export const addressOf = (s: Builder, f: Fields): Address => s.address(f.b2, f.d2, f.x2);

/** Specification exception for an element number in M3 that the register does not have. */
export const elementLimit =
  (size: Size) =>
  (f: RawFields): number =>
    f.m3 >= 16 >> size ? Program.specification : 0;

const elementOptions = (size: Size, options: Options): Options =>
  vector(elementLimit(size), { ...options, syntax: "v1,d2(x2,b2),m3" });

/** The element M3 comes from storage as `read` fetches it: i32, of doublewords i64. */
export const elementLoad = (
  name: string,
  opcode: number,
  size: Size,
  read: (s: Builder, size: Size, a: Address) => Val,
  options: Options = {},
): Instruction =>
  op(
    name,
    "VRX",
    opcode,
    (s, f) => {
      const value = read(s, size, addressOf(s, f));
      s.setVr(f.v1, V.withElement(size, s.vr(f.v1), s.i32(f.m3), value));
    },
    elementOptions(size, options),
  );

/** The element M3 goes to storage as `change` leaves it (i64 both). */
export const elementStore = (
  name: string,
  opcode: number,
  size: Size,
  change: (s: Builder, value: Val) => Val,
  options: Options = {},
): Instruction =>
  op(
    name,
    "VRX",
    opcode,
    (s, f) => {
      const value = s.let(V.elementOf(size, s.vr(f.v1), s.i32(f.m3)));
      s.store(bytesOf(size), addressOf(s, f), change(s, value));
    },
    elementOptions(size, options),
  );
