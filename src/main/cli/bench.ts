/** `latchwork bench`: the engine's benchmarks, where this build has them. */
import type { Command } from "commander";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

interface BenchModule {
  bench(context: CliContext, names: readonly string[]): Promise<void>;
}

export function addBenchCommand(program: Command, context: CliContext): void {
  program
    .command("bench")
    .description("run the engine's benchmarks")
    .argument("[names...]", "benchmarks to run; all without names")
    .action(async (names: string[]) => {
      const place = "../bench.ts";
      const module = (await import(/* @vite-ignore */ place).catch(() => undefined)) as
        BenchModule | undefined;
      if (module === undefined)
        throw new CommandEnd(exitCodes.failed, "This build has no benchmarks; `bench` does nothing here.");
      await module.bench(context, names);
    });
}
