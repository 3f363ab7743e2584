/** `latchwork bench`: measures the engine beside QEMU on this host. */
import type { Command } from "commander";
import type { BenchOptions } from "../bench.ts";
import type { CliContext } from "./context.ts";

export function addBenchCommand(program: Command, context: CliContext): void {
  program
    .command("bench")
    .description("measure the engine beside QEMU: boot and snapshots of the Debian guest, and small programs")
    .argument("[names...]", "benchmarks to run; all without names")
    .option("--quick", "run each once in place of three times")
    .option("--json <file>", "where the result goes as JSON (default: out/bench/result.json)")
    .option("--fetch", "fetch the Debian guest first where it is not here")
    .action(async (names: string[], options: BenchOptions) => {
      // Loaded on use: no other command needs it.
      const { bench } = await import("../bench.ts");
      await bench(context, names, options);
    });
}
