/**
 * The functions every piece of compiled code may call: condition codes and the slow path of storage access.
 * All addresses are virtual in the current mode; `base` is the byte offset of the base register's slot, which
 * names the access register in access-register mode. Every slow function sets `fault`: 0, 1 (exception, code
 * in `pgm`), 2 (code changed).
 */
import { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { Cc } from "../isa/s390/semantics.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, V128, k32, k64, type Val } from "../wasm/value.ts";
import { whereGuarded } from "./guardedStore.ts";
import { Reg } from "./layout.ts";

const ZERO = k32(0);

/** Names and signatures of what the engine gives the runtime module. */
export const engineImports = {
  /** (high, low, size, write, base) → host offset of the first byte, or -1 with `pgm` set. */
  translate: [[I32, I32, I32, I32, I32], [I32]],
  /** (entry) → what an operation function returns. */
  help: [[I32], [I32]],
  /** (entry) → the same, by the instruction's slow implementation. */
  exact: [[I32], [I32]],
  /** (entry of an EXECUTE) → entry of the target instruction, or 0 with `pgm` set. */
  execute: [[I32], [I32]],
} as const;

export function conditionCode(m: ModuleBuilder): number {
  const fn = new FunctionBuilder([I32, I64, I64], [I32]);
  const a = fn.get(1);
  const b = fn.get(2);
  const sign = (r: Val): Val => E.select(E.eqz64(r), k32(0), E.select(E.lts64(r, k64(0)), k32(1), k32(2)));
  const order = (low: Val, same: Val): Val => E.select(same, k32(0), E.select(low, k32(1), k32(2)));
  const logical = (carry: Val, nonZero: Val): Val => E.or32(E.shl32(carry, k32(1)), nonZero);
  const at = (kind: number, value: () => Val): void =>
    fn.if(E.eq32(fn.get(0), k32(kind)), () => fn.return_(value()));
  const lowA = E.wrap(a);
  const lowB = E.wrap(b);
  // A chain, most frequent first: the engine calls this only where the kind is not known while compiling.
  at(Cc.signed, () => order(E.lts64(a, b), E.eq64(a, b)));
  at(Cc.unsigned, () => order(E.ltu64(a, b), E.eq64(a, b)));
  at(Cc.sign64, () => sign(a));
  at(Cc.nonZero, () => E.ne64(a, k64(0)));
  at(Cc.value, () => E.wrap(a));
  const add = (): Val => {
    const r = fn.let(E.add64(a, b));
    return E.select(E.lts64(E.and64(E.xor64(a, r), E.xor64(b, r)), k64(0)), k32(3), sign(r));
  };
  at(Cc.add64, add);
  at(Cc.sub64, () => {
    const r = fn.let(E.sub64(a, b));
    return E.select(E.lts64(E.and64(E.xor64(a, b), E.xor64(a, r)), k64(0)), k32(3), sign(r));
  });
  const narrow = (sum: (x: Val, y: Val) => Val): Val => {
    const r = fn.let(sum(E.exts(lowA), E.exts(lowB)));
    return E.select(E.ne64(r, E.ext32s64(r)), k32(3), sign(r));
  };
  at(Cc.add32, () => narrow(E.add64));
  at(Cc.sub32, () => narrow(E.sub64));
  at(Cc.addLogical64, () => {
    const r = fn.let(E.add64(a, b));
    return logical(E.ltu64(r, a), E.ne64(r, k64(0)));
  });
  at(Cc.addLogical32, () => {
    const r = fn.let(E.add32(lowA, lowB));
    return logical(E.ltu32(r, lowA), E.ne32(r, k32(0)));
  });
  at(Cc.subLogical64, () => logical(E.geu64(a, b), E.ne64(a, b)));
  at(Cc.subLogical32, () => logical(E.geu32(lowA, lowB), E.ne32(lowA, lowB)));
  at(Cc.testMaskStorage, () => E.select(E.eqz64(a), k32(0), E.select(E.eq64(a, b), k32(3), k32(1))));
  // TEST UNDER MASK: mixed results tell by the leftmost selected bit.
  const top = fn.let(E.shru64(k64(1n << 63n), E.clz64(b)));
  const leftmost = E.ne64(E.and64(a, top), k64(0));
  fn.return_(
    E.select(E.eqz64(a), k32(0), E.select(E.eq64(a, b), k32(3), E.select(leftmost, k32(2), k32(1)))),
  );
  fn.unreachable();
  return m.add(fn, "ccCalc");
}

/** Index of `translate` and of `knownHost`, which is asked first. */
interface Translation {
  readonly translate: number;
  readonly knownHost: number;
}

const high = (a: Val): Val => E.wrap(E.shru64(a, k64(32)));

/** Emits a translation; on an exception sets `fault` and returns from the function with `failed`. */
function translateOr(
  fn: FunctionBuilder,
  { translate, knownHost }: Translation,
  address: Val,
  size: Val,
  write: number,
  base: Val,
  failed: Val | undefined,
): Val {
  const host = fn.local(I32);
  fn.set(host, E.callVal(knownHost, I32, address, k32(write)));
  fn.if(E.eq32(fn.get(host), k32(-1)), () => {
    fn.set(host, E.callVal(translate, I32, high(address), E.wrap(address), size, k32(write), base));
    fn.if(E.eq32(fn.get(host), k32(-1)), () => {
      fn.store32(ZERO, k32(1), Reg.fault);
      fn.return_(failed);
    });
  });
  return fn.get(host);
}

/**
 * Splits at the page end: calls `whole` for an access inside one page, else gives both parts' host offsets to
 * `split`.
 */
function byPage(
  fn: FunctionBuilder,
  translation: Translation,
  write: number,
  failed: Val | undefined,
  size: Val,
  whole: (host: Val) => void,
  split: (first: Val, second: Val, firstBytes: Val) => void,
): void {
  const address = fn.get(0);
  const base = fn.get(2);
  fn.store32(ZERO, k32(0), Reg.fault);
  const room = fn.let(E.sub32(k32(4096), E.and32(E.wrap(address), k32(4095))));
  fn.if(E.leu32(size, room), () => {
    whole(translateOr(fn, translation, address, size, write, base, failed));
  });
  const nextPage = fn.let(E.and64(E.add64(address, E.extu(room)), E.load64(ZERO, Reg.addressMask)));
  const first = translateOr(fn, translation, address, room, write, base, failed);
  const second = translateOr(fn, translation, nextPage, E.sub32(size, room), write, base, failed);
  split(first, second, room);
}

/** Host offset of byte `i` of an access split over two pages. */
const byteAt = (i: Val, first: Val, second: Val, room: Val): Val =>
  E.select(E.ltu32(i, room), E.sub32(first, i), E.sub32(second, E.sub32(i, room)));

export function slowLoad(m: ModuleBuilder, translation: Translation): number {
  const fn = new FunctionBuilder([I64, I32, I32], [I64]);
  const size = fn.get(1);
  byPage(
    fn,
    translation,
    0,
    k64(0),
    size,
    (host) => {
      for (const [n, op] of [
        [8, 0x29],
        [4, 0x35],
        [2, 0x33],
      ] as const) {
        fn.if(E.eq32(size, k32(n)), () => fn.return_(E.hostLoad(op, I64, E.sub32(host, k32(n - 1)))));
      }
      fn.return_(E.hostLoad(0x31, I64, host));
    },
    (first, second, room) => {
      const i = fn.local(I32);
      const result = fn.local(I64);
      const again = fn.loop();
      const byte = E.hostLoad(0x31, I64, byteAt(fn.get(i), first, second, room));
      fn.set(result, E.or64(E.shl64(fn.get(result), k64(8)), byte));
      fn.set(i, E.add32(fn.get(i), k32(1)));
      fn.brIf(again, E.ltu32(fn.get(i), size));
      fn.end();
      fn.return_(fn.get(result));
    },
  );
  fn.unreachable();
  return m.add(fn, "slowLoad");
}

/** (address, size, base, value) */
export function slowStore(m: ModuleBuilder, translation: Translation): number {
  const fn = new FunctionBuilder([I64, I32, I32, I64], []);
  const size = fn.get(1);
  const value = fn.get(3);
  const host = fn.local(I32);
  const whole = (): void => {
    for (const [n, op] of [
      [8, 0x37],
      [4, 0x3e],
      [2, 0x3d],
      [1, 0x3c],
    ] as const) {
      fn.if(E.eq32(size, k32(n)), () => {
        fn.store(op, E.sub32(fn.get(host), k32(n - 1)), value);
        fn.return_();
      });
    }
    fn.unreachable();
  };
  whereGuarded(fn, translation.knownHost, fn.get(0), size, (at) => {
    fn.set(host, at);
    fn.store32(ZERO, k32(0), Reg.fault);
    whole();
  });
  byPage(
    fn,
    translation,
    1,
    undefined,
    size,
    (at) => {
      fn.set(host, at);
      whole();
    },
    (first, second, room) => {
      const i = fn.local(I32);
      const again = fn.loop();
      const shift = E.extu(E.shl32(E.sub32(E.sub32(size, k32(1)), fn.get(i)), k32(3)));
      fn.store(0x3c, byteAt(fn.get(i), first, second, room), E.shru64(value, shift));
      fn.set(i, E.add32(fn.get(i), k32(1)));
      fn.brIf(again, E.ltu32(fn.get(i), size));
      fn.end();
    },
  );
  return m.add(fn, "slowStore");
}

/** (address, length, base, write): all pages of up to 4096 bytes. */
export function probe(m: ModuleBuilder, translation: Translation): number {
  const fn = new FunctionBuilder([I64, I32, I32, I32], []);
  for (const write of [0, 1]) {
    fn.if(E.eq32(fn.get(3), k32(write)), () => {
      if (write) {
        whereGuarded(fn, translation.knownHost, fn.get(0), fn.get(1), () => {
          fn.store32(ZERO, k32(0), Reg.fault);
          fn.return_();
        });
      }
      byPage(
        fn,
        translation,
        write,
        undefined,
        fn.get(1),
        () => fn.return_(),
        () => fn.return_(),
      );
    });
  }
  return m.add(fn, "probe");
}

/** (address, size, base, write) → host offset of the value of `size` bytes, which lies in one page. */
export function hostFor(m: ModuleBuilder, translation: Translation): number {
  const fn = new FunctionBuilder([I64, I32, I32, I32], [I32]);
  fn.store32(ZERO, k32(0), Reg.fault);
  fn.if(fn.get(3), () =>
    whereGuarded(fn, translation.knownHost, fn.get(0), fn.get(1), (host) =>
      fn.return_(E.sub32(host, E.sub32(fn.get(1), k32(1)))),
    ),
  );
  for (const write of [1, 0])
    fn.if(E.eq32(fn.get(3), k32(write)), () => {
      const host = translateOr(fn, translation, fn.get(0), fn.get(1), write, fn.get(2), k32(0));
      fn.return_(E.sub32(host, E.sub32(fn.get(1), k32(1))));
    });
  fn.unreachable();
  return m.add(fn, "hostFor");
}

const wrapped = (a: Val, by: number): Val => E.and64(E.add64(a, k64(by)), E.load64(ZERO, Reg.addressMask));
const lanes = (low: Val, hi: Val): Val => E.simd(0x1e, V128, E.simd(0x12, V128, low), hi, undefined, 1);

export function slowLoad128(m: ModuleBuilder, load: number): number {
  const fn = new FunctionBuilder([I64, I32], [V128]);
  const hi = fn.let(E.callVal(load, I64, fn.get(0), k32(8), fn.get(1)));
  const failed = (): void => fn.if(E.load32(ZERO, Reg.fault), () => fn.return_(lanes(k64(0), k64(0))));
  failed();
  const low = fn.let(E.callVal(load, I64, wrapped(fn.get(0), 8), k32(8), fn.get(1)));
  fn.return_(lanes(low, hi));
  fn.unreachable();
  return m.add(fn, "slowLoad128");
}

export function slowStore128(m: ModuleBuilder, store: number, probeFn: number): number {
  const fn = new FunctionBuilder([I64, I32, V128], []);
  fn.call(probeFn, fn.get(0), k32(16), fn.get(1), k32(1));
  const changed = fn.let(E.load32(ZERO, Reg.fault));
  fn.if(E.eq32(changed, k32(1)), () => fn.return_());
  fn.call(store, fn.get(0), k32(8), fn.get(1), E.simd(0x1d, I64, fn.get(2), undefined, undefined, 1));
  const first = fn.let(E.load32(ZERO, Reg.fault));
  fn.call(
    store,
    wrapped(fn.get(0), 8),
    k32(8),
    fn.get(1),
    E.simd(0x1d, I64, fn.get(2), undefined, undefined, 0),
  );
  fn.store32(ZERO, E.or32(E.or32(changed, first), E.load32(ZERO, Reg.fault)), Reg.fault);
  return m.add(fn, "slowStore128");
}
