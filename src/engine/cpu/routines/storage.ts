/**
 * Storage-to-storage routines behind MVC, MVCIN, MVN, MVZ, NC, OC, XC, CLC and TR (Principles of Operation,
 * chapter 7).
 *
 * Parameters: address and space of the first operand, of the second, length in bytes (1 … 256). Overlapping
 * operands are worked as if byte by byte from the left. Pieces of eight bytes are the same as long as the
 * first operand does not begin 1 … 7 bytes behind the second, for then no piece reads what it stores.
 */
import { FunctionBuilder } from "../../wasm/function.ts";
import type { ModuleBuilder } from "../../wasm/module.ts";
import * as E from "../../wasm/value.ts";
import { I32, I64, k32, k64, type Val } from "../../wasm/value.ts";
import type { RoutineBase, RoutineBuilder } from "./routines.ts";
import { StorageFrame, roomAfter, type Operand, type Span } from "./span.ts";

/** From this many bytes on one copy of the host is cheaper than pieces. */
const HOST_COPY_MIN = 48;

const LOAD8 = 0x31;
const LOAD64 = 0x29;
const STORE8 = 0x3c;
const STORE64 = 0x37;
const byte = (host: Val): Val => E.hostLoad(LOAD8, I64, host);
/** Eight guest bytes, the leftmost at `host`. */
const eight = (host: Val): Val => E.hostLoad(LOAD64, I64, E.sub32(host, k32(7)));

interface Frame {
  readonly fn: FunctionBuilder;
  readonly storage: StorageFrame;
  readonly first: Operand;
  readonly second: Operand;
  readonly length: Val;
}

function routine(name: string, result: boolean, body: (f: Frame) => void): RoutineBuilder {
  const params = [I64, I32, I64, I32, I32];
  const build = (m: ModuleBuilder, base: RoutineBase): number => {
    const fn = new FunctionBuilder(params, result ? [I64] : []);
    const storage = new StorageFrame(fn, base, result ? k64(0) : undefined);
    const operand = (at: number): Operand => ({ address: fn.get(at), space: fn.get(at + 1) });
    body({ fn, storage, first: operand(0), second: operand(2), length: fn.get(4) });
    return m.add(fn);
  };
  return { name, params, result, build };
}

/**
 * `step` for i = from, from + size, … while a whole `size` fits below `count`; returns the local that holds
 * where it ended.
 */
function stepping(fn: FunctionBuilder, at: number, size: number, count: Val, step: (i: Val) => void): void {
  const done = fn.block();
  const again = fn.loop();
  fn.brIf(done, E.gtu32(E.add32(fn.get(at), k32(size)), count));
  step(fn.get(at));
  fn.set(at, E.add32(fn.get(at), k32(size)));
  fn.br(again);
  fn.end();
  fn.end();
}

/**
 * Whole pieces of eight bytes unless `bytewise`, then single bytes. `work` takes the offset and whether it is
 * a piece.
 */
function pieces(
  fn: FunctionBuilder,
  count: Val,
  bytewise: Val | undefined,
  work: (i: Val, whole: boolean) => void,
): void {
  const at = fn.local(I32);
  fn.set(at, k32(0));
  const large = (): void => stepping(fn, at, 8, count, (i) => work(i, true));
  if (bytewise) fn.if(E.eqz32(bytewise), large);
  else large();
  stepping(fn, at, 1, count, (i) => work(i, false));
}

/** i32: the first operand begins 1 … n-1 bytes behind the second. Host offsets of the leftmost bytes. */
const behind = (first: Val, second: Val, n: Val): Val =>
  E.ltu32(E.sub32(E.sub32(second, first), k32(1)), E.sub32(n, k32(1)));

function copyRun(fn: FunctionBuilder, to: Val, from: Val, count: Val): void {
  const lowest = (host: Val): Val => E.sub32(host, E.sub32(count, k32(1)));
  const done = fn.block();
  fn.if(E.eq32(E.sub32(from, to), k32(1)), () => {
    fn.memoryFill(lowest(to), E.wrap(byte(from)), count);
    fn.br(done);
  });
  const atOnce = E.and32(E.geu32(count, k32(HOST_COPY_MIN)), E.eqz32(behind(to, from, count)));
  fn.if(atOnce, () => {
    fn.memoryCopy(lowest(to), lowest(from), count);
    fn.br(done);
  });
  pieces(fn, count, fn.let(behind(to, from, k32(8))), (i, whole) => {
    if (whole) fn.store(STORE64, E.sub32(E.sub32(to, i), k32(7)), eight(E.sub32(from, i)));
    else fn.store(STORE8, E.sub32(to, i), byte(E.sub32(from, i)));
  });
  fn.end();
}

const move = routine("moveCharacters", false, ({ fn, storage, first, second, length }) => {
  const from = storage.ascending(second, length, false);
  const to = storage.ascending(first, length, true);
  storage.runs([to, from], length, ([a, b], count) => copyRun(fn, a!, b!, count));
  storage.finish();
});

/** Byte-wise function of both operands into the first; answers 0 if all of the result is zero, else 1. */
const combining = (
  name: string,
  result: boolean,
  combine: (x: Val, y: Val) => Val,
  sameIsZero = false,
): RoutineBuilder =>
  routine(name, result, ({ fn, storage, first, second, length }) => {
    const from = storage.ascending(second, length, false);
    // Fetched before it is stored, as the inline form of short operands does: an access exception is then the
    // same one.
    storage.ascending(first, length, false);
    const to = storage.ascending(first, length, true);
    const any = fn.local(I64);
    storage.runs([to, from], length, ([a, b], count) => {
      const general = (): void =>
        pieces(fn, count, fn.let(behind(a!, b!, k32(8))), (i, whole) => {
          const read = whole ? eight : byte;
          const at = fn.let(E.sub32(a!, i));
          const v = fn.let(combine(read(at), read(E.sub32(b!, i))));
          fn.store(whole ? STORE64 : STORE8, whole ? E.sub32(at, k32(7)) : at, v);
          fn.set(any, E.or64(fn.get(any), v));
        });
      // XC of a field with itself is how programs clear storage.
      if (sameIsZero)
        fn.if(
          E.eq32(a!, b!),
          () => fn.memoryFill(E.sub32(a!, E.sub32(count, k32(1))), k32(0), count),
          general,
        );
      else general();
    });
    storage.finish();
    if (result) fn.return_(E.extu(E.ne64(fn.get(any), k64(0))));
    if (result) fn.unreachable();
  });

const NUMERICS = 0x0f0f0f0f0f0f0f0fn;
const ZONES = 0xf0f0f0f0f0f0f0f0n;
const merging =
  (taken: bigint) =>
  (x: Val, y: Val): Val =>
    E.or64(E.and64(x, k64(~taken)), E.and64(y, k64(taken)));

/** Answers 0 equal, 1 first operand low, 2 high. */
const compare = routine("compareCharacters", true, ({ fn, storage, first, second, length }) => {
  const a = storage.ascending(first, length, false);
  const b = storage.ascending(second, length, false);
  storage.finish();
  storage.runs([a, b], length, ([left, right], count) => {
    pieces(fn, count, undefined, (i, whole) => {
      const read = whole ? eight : byte;
      const x = fn.let(read(E.sub32(left!, i)));
      const y = fn.let(read(E.sub32(right!, i)));
      fn.if(E.ne64(x, y), () => fn.return_(E.select(E.ltu64(x, y), k64(1), k64(2))));
    });
  });
  fn.return_(k64(0));
  fn.unreachable();
});

/** The second operand is taken from its address leftwards. */
const moveInverse = routine("moveInverse", false, ({ fn, storage, first, second, length }) => {
  const from = storage.descending(second, length);
  const to = storage.ascending(first, length, true);
  const at = fn.local(I32);
  storage.runs([to, from], length, ([a, b], count) => {
    fn.set(at, k32(0));
    stepping(fn, at, 1, count, (i) => fn.store(STORE8, E.sub32(a!, i), byte(E.add32(b!, i))));
  });
  storage.finish();
});

/**
 * Span of a 256-byte table of which only the pages that the argument bytes point into are tested for access.
 */
function tableSpan(f: Frame, argument: Span): Span {
  const { fn, storage, second } = f;
  const cut = fn.let(roomAfter(second.address));
  const first = fn.local(I32);
  const rest = fn.local(I32);
  const least = fn.local(I32);
  const most = fn.local(I32);
  fn.if(
    E.geu32(cut, k32(256)),
    () => fn.set(first, storage.byteHost(second.address, second.space, k32(256), false)),
    () => {
      const at = fn.local(I32);
      fn.set(least, k32(255));
      fn.set(most, k32(0));
      storage.runs([argument], f.length, ([a], count) => {
        fn.set(at, k32(0));
        stepping(fn, at, 1, count, (i) => {
          const v = fn.let(E.load8u(E.sub32(a!, i)));
          fn.if(E.ltu32(v, fn.get(least)), () => fn.set(least, v));
          fn.if(E.gtu32(v, fn.get(most)), () => fn.set(most, v));
        });
      });
      fn.if(E.ltu32(fn.get(least), cut), () =>
        fn.set(first, storage.byteHost(second.address, second.space, cut, false)),
      );
      fn.if(E.geu32(fn.get(most), cut), () => {
        const beyond = fn.let(E.sub32(k32(256), cut));
        fn.set(
          rest,
          E.add32(storage.byteHost(storage.after(second.address, cut), second.space, beyond, false), cut),
        );
      });
    },
  );
  return { first: fn.get(first), rest: fn.get(rest), cut, down: false };
}

const translate = routine("translate", false, (f) => {
  const { fn, storage, length } = f;
  const argument = storage.ascending(f.first, length, true);
  const table = tableSpan(f, argument);
  const at = fn.local(I32);
  storage.runs([argument], length, ([a], count) => {
    fn.set(at, k32(0));
    stepping(fn, at, 1, count, (i) => {
      const host = fn.let(E.sub32(a!, i));
      const index = fn.let(E.load8u(host));
      const entry = E.sub32(E.select(E.ltu32(index, table.cut), table.first, table.rest), index);
      fn.store(STORE8, host, byte(entry));
    });
  });
  storage.finish();
});

export const storageRoutines: readonly RoutineBuilder[] = [
  move,
  moveInverse,
  combining("moveNumerics", false, merging(NUMERICS)),
  combining("moveZones", false, merging(ZONES)),
  combining("andCharacters", true, E.and64),
  combining("orCharacters", true, E.or64),
  combining("exclusiveOrCharacters", true, E.xor64, true),
  compare,
  translate,
];
