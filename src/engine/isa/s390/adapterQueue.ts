/**
 * The instructions of the adjunct processor (AP): crypto adapters and their queues. No manual describes them;
 * operands are where Linux's interface has them. A machine without AP answers all three with an operation
 * exception, in the problem state, too.
 */
import type { RawFields } from "./format.ts";
import type { ApInstruction, HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";

const onQueue = (name: ApInstruction) => (cpu: HelperCpu, f: RawFields): void => {
  const { control } = cpu;
  if (!control.adapterQueue) cpu.program(Program.operation);
  control.adapterQueue(name, f.r1, f.r2);
};

export const adapterQueue: readonly Instruction[] = [
  /** PROCESS ADJUNCT PROCESSOR QUEUE: function and queue in general register 0, more in 1 and 2. */
  helper("pqap", "RRE", 0xb2af, onQueue("pqap"), { syntax: "" }),
  /** ENQUEUE and DEQUEUE: queue in general register 0; message id in R1, address and length in R2. */
  helper("nqap", "RRE", 0xb2ad, onQueue("nqap")),
  helper("dqap", "RRE", 0xb2ae, onQueue("dqap")),
];
