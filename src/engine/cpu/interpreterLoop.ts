/**
 * The interpreter loop: one function around one `br_table`, frequent handlers inlined, all others through
 * their operation function. Blocks are opened from the outermost inwards, so code after each `end` belongs to
 * the label that ended.
 */
import { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, k32, k64 } from "../wasm/value.ts";
import type { HandlerTable } from "./handlers.ts";
import { isHot } from "./hot.ts";
import { writeMeaning } from "./handlerMeaning.ts";
import { InterpreterBuilder, type LoopFrame } from "./interpreterBuilder.ts";
import {
  CODE_EPOCH,
  ENTRY,
  ENTRY_HANDLER,
  ENTRY_HEAT,
  Exit,
  Handler,
  ITLB_ENTRIES,
  ITLB_ENTRY,
  JUMP_ENTRIES,
  JUMP_ENTRY,
  JUMP_LOG,
  JUMP_LOG_ENTRIES,
  PAGE_EPOCHS,
  PAGE_SLOTS,
  Reg,
} from "./layout.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { OPERATION_TABLE, REGION_TABLE } from "./tables.ts";

const ZERO = k32(0);

export function loopFunction(m: ModuleBuilder, runtime: Runtime, handlers: HandlerTable): FunctionBuilder {
  const fn = new FunctionBuilder([], [I32]);
  const [entry, pageBase, ic, tlb, handler, code, slot, before] = Array.from({ length: 8 }, () =>
    fn.local(I32),
  ) as [number, number, number, number, number, number, number, number];
  const pageVirtual = fn.local(I64);
  const pc = fn.local(I64);
  const g = (i: number) => fn.get(i);
  const operationType = m.type([I32], [I32]);
  const regionType = m.type([I32], [I32]);

  fn.set(ic, E.load32(ZERO, Reg.ic));
  fn.set(tlb, E.load32(ZERO, Reg.tlb));
  fn.set(pc, E.load64(ZERO, Reg.pc));
  fn.set(pageBase, E.load32(ZERO, Reg.pageBase));
  fn.set(pageVirtual, E.load64(ZERO, Reg.pageVirtual));

  const leave = fn.block(); // pc and code are set
  const leaveAt = fn.block(); // code is set, pc is ep's
  const again = fn.loop();
  const lookup = fn.block(); // falls in at the first turn: pc is set
  fn.brIf(lookup, E.eqz32(g(entry)));
  const taken = fn.block();
  const sequential = fn.block();

  // ---- dispatch
  fn.if(E.lts32(g(ic), k32(1)), () => {
    fn.set(code, k32(Exit.slice));
    fn.br(leaveAt);
  });
  fn.set(ic, E.sub32(g(ic), k32(1)));
  fn.set(handler, E.load16u(g(entry), ENTRY_HANDLER));
  const frame: LoopFrame = { entry, pageBase, pageVirtual, pc, tlb, code, taken, lookup, leaveAt };
  const dispatch = fn.loop();
  const inlined = handlers.variants.filter((v) => isHot(v.instruction.mnemonic) && !v.instruction.slow);
  const labels = new Map<number, ReturnType<typeof fn.block>>();
  const cold = fn.block();
  for (const v of [...inlined].reverse()) labels.set(v.id, fn.block());
  const specials = [Handler.program, Handler.cross, Handler.pageEnd, Handler.enter, Handler.undecoded];
  for (const id of specials) labels.set(id, fn.block());
  const table = Array.from({ length: handlers.count }, (_, id) => labels.get(id) ?? cold);
  fn.brTable(table, cold, g(handler));

  // ---- special handlers, in the order in which their blocks end
  fn.end(); // undecoded
  fn.set(ic, E.add32(g(ic), k32(1)));
  fn.set(code, k32(Exit.decode));
  fn.br(leaveAt);

  const here = () =>
    E.add64(g(pageVirtual), E.exts(E.shrs32(E.sub32(g(entry), g(pageBase)), k32(Math.log2(ENTRY / 2)))));
  fn.end(); // enter
  fn.scope(() => {
    const slotAddress = E.add32(g(pageBase), E.shru32(E.sub32(g(entry), g(pageBase)), k32(2)));
    fn.set(slot, E.load32(slotAddress, PAGE_SLOTS));
    fn.set(ic, E.add32(g(ic), k32(1)));
    fn.set(before, g(ic));
    fn.set(pc, here());
    fn.store64(ZERO, g(pc), Reg.pc);
    fn.store32(ZERO, g(ic), Reg.ic);
    const jump = fn.let(
      E.add32(
        E.load32(ZERO, Reg.jumpCache),
        E.and32(E.shl32(E.wrap(g(pc)), k32(3)), k32((JUMP_ENTRIES - 1) * JUMP_ENTRY)),
      ),
    );
    fn.if(E.or32(E.ne64(E.load64(jump), g(pc)), E.eqz32(E.load32(jump, 8))), () => {
      const log = fn.let(E.add32(E.load32(ZERO, Reg.jumpCache), k32(JUMP_LOG)));
      const filled = fn.let(E.add32(E.load32(log), k32(1)));
      fn.store32(log, filled);
      fn.if(E.leu32(filled, k32(JUMP_LOG_ENTRIES)), () =>
        fn.store32(E.add32(log, E.shl32(filled, k32(2))), jump),
      );
      fn.store64(jump, g(pc), 0);
    });
    fn.store32(jump, E.shru32(g(slot), k32(12)), 8);
    const number = fn.let(E.shru32(g(slot), k32(12)));
    fn.callIndirect(regionType, number, REGION_TABLE, number);
    fn.popTo(code);
    fn.set(ic, E.load32(ZERO, Reg.ic));
    fn.store64(
      ZERO,
      E.add64(E.load64(ZERO, Reg.compiledCount), E.extu(E.sub32(g(before), g(ic)))),
      Reg.compiledCount,
    );
    fn.set(pc, E.load64(ZERO, Reg.pc));
    fn.brIf(leave, g(code));
    fn.if(E.and32(E.eq32(g(ic), g(before)), E.eq64(g(pc), here())), () => {
      // Not one block of the region fits into what is left of the slice: step.
      fn.if(E.lts32(g(ic), k32(1)), () => {
        fn.set(code, k32(Exit.slice));
        fn.br(leave);
      });
      fn.set(ic, E.sub32(g(ic), k32(1)));
      fn.set(handler, E.and32(g(slot), k32(0xfff)));
      fn.br(dispatch);
    });
    fn.br(lookup);
  });

  fn.end(); // pageEnd
  fn.set(ic, E.add32(g(ic), k32(1)));
  fn.set(pc, here());
  fn.set(pc, E.and64(g(pc), E.load64(ZERO, Reg.addressMask)));
  fn.br(lookup);

  fn.end(); // cross
  fn.scope(() => {
    const which = E.sub32(E.sub32(g(entry), g(pageBase)), k32(2046 * ENTRY));
    const epoch = E.load32(E.add32(g(pageBase), E.shru32(which, k32(2))), PAGE_EPOCHS);
    fn.if(E.ne32(epoch, E.load32(ZERO, CODE_EPOCH)), () => {
      fn.set(ic, E.add32(g(ic), k32(1)));
      fn.set(code, k32(Exit.cross));
      fn.br(leaveAt);
    });
    const slotAddress = E.add32(g(pageBase), E.shru32(E.sub32(g(entry), g(pageBase)), k32(2)));
    fn.set(handler, E.and32(E.load32(slotAddress, PAGE_SLOTS), k32(0xfff)));
    fn.br(dispatch);
  });

  fn.end(); // program
  fn.store32(ZERO, E.load32(g(entry), 8), Reg.pgm);
  fn.store32(ZERO, E.load32(g(entry), 12), Reg.dxc);
  fn.set(code, k32(Exit.program));
  fn.br(leaveAt);

  // ---- frequent handlers
  for (const v of inlined) {
    fn.end();
    writeMeaning(new InterpreterBuilder(fn, runtime, frame), v);
    fn.set(entry, E.add32(g(entry), k32((v.instruction.format.length * ENTRY) / 2)));
    fn.br(sequential);
  }

  // ---- all others through their function
  fn.end(); // cold
  fn.scope(() => {
    fn.set(pc, here());
    fn.store64(ZERO, g(pc), Reg.pc);
    fn.store64(ZERO, g(pc), Reg.exTarget);
    fn.store32(ZERO, g(ic), Reg.ic);
    fn.callIndirect(operationType, g(handler), OPERATION_TABLE, g(entry));
    fn.popTo(code);
    fn.if(E.gts32(g(code), k32(0)), () => {
      fn.set(entry, E.add32(g(entry), g(code)));
      fn.br(sequential);
    });
    fn.set(pc, E.load64(ZERO, Reg.pc));
    fn.brIf(lookup, E.eqz32(g(code)));
    fn.br(leave);
  });
  fn.end(); // dispatch loop
  fn.unreachable();

  fn.end(); // sequential: next entry, no heat
  fn.br(again);

  fn.end(); // taken: entry was moved by a short relative branch
  const inPage = (): void => {
    fn.set(handler, E.add32(E.load16u(g(entry), ENTRY_HEAT), k32(1)));
    fn.store(0x3b, g(entry), g(handler), ENTRY_HEAT);
    fn.if(E.eq32(g(handler), E.load32(ZERO, Reg.heatLimit)), () => {
      fn.set(code, k32(Exit.compile));
      fn.br(leaveAt);
    });
    fn.br(again);
  };
  fn.if(E.ltu32(E.sub32(g(entry), g(pageBase)), k32(2048 * ENTRY)), inPage);
  fn.set(pc, E.and64(here(), E.load64(ZERO, Reg.addressMask)));

  fn.end(); // lookup: pc is the target
  fn.scope(() => {
    const page = fn.let(E.and64(g(pc), k64(-4096n)));
    const offset = (): ReturnType<typeof k32> =>
      E.shl32(E.and32(E.wrap(g(pc)), k32(0xffe)), k32(Math.log2(ENTRY / 2)));
    const item = fn.let(
      E.add32(
        E.load32(ZERO, Reg.itlb),
        E.and32(
          E.wrap(E.shru64(g(pc), k64(12 - Math.log2(ITLB_ENTRY)))),
          k32((ITLB_ENTRIES - 1) * ITLB_ENTRY),
        ),
      ),
    );
    fn.if(E.or32(E.ne64(E.load64(item), page), E.and32(E.wrap(g(pc)), k32(1))), () => {
      fn.set(code, k32(Exit.fetch));
      fn.br(leave);
    });
    fn.set(pageBase, E.load32(item, 8));
    fn.set(pageVirtual, page);
    fn.set(entry, E.add32(g(pageBase), offset()));
  });
  inPage();
  fn.end(); // again loop
  fn.unreachable();

  fn.end(); // leaveAt
  fn.set(pc, here());
  fn.end(); // leave
  fn.store64(ZERO, g(pc), Reg.pc);
  fn.store32(ZERO, g(ic), Reg.ic);
  fn.store32(ZERO, g(pageBase), Reg.pageBase);
  fn.store64(ZERO, g(pageVirtual), Reg.pageVirtual);
  fn.return_(g(code));
  fn.unreachable();
  return fn;
}
