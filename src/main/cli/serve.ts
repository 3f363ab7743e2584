/** `latchwork serve`: the page over HTTP on this machine, until the process is told to stop. */
import type { Command } from "commander";
import { CommandEnd, exitCodes, interruptible, type CliContext } from "./context.ts";
import { integerFlag } from "./run.ts";

export function addServeCommand(program: Command, { io, places }: CliContext): void {
  program
    .command("serve")
    .description("serve the workbench's page on this machine")
    .option("--port <n>", "TCP port; 0 takes any free one", integerFlag(0, 65_535), 0)
    .option("--address <address>", "address to listen on", "127.0.0.1")
    .action(async (flags: { port: number; address: string }) => {
      // Loaded here: no other command needs a web server.
      const [{ serve }, { openWorkbench }, { announce }] = await Promise.all([
        import("../hosts/serve.ts"),
        import("../openWorkbench.ts"),
        import("../hosts/servedAddress.ts"),
      ]);
      const { root, engineWorker, storeWorker, dataDir } = places;
      const { workbench, version } = openWorkbench(root, engineWorker, storeWorker, dataDir);
      const options = { workbench, version, pageFolder: places.pageFolder, ...flags };
      const served = await serve(options).catch(async ({ message }: Error) => {
        await workbench.close();
        throw new CommandEnd(
          exitCodes.failed, `The page cannot be served: ${message}. Choose another --port or --address.`);
      });
      const withdraw = await announce(places.dataDir, served);
      io.stdout.write(`${served.url}\n`);
      await interruptible(
        (signal) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
      );
      await withdraw();
      await Promise.all([served.close(), workbench.close()]);
    });
}
