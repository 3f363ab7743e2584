/** Whoever gave an engine a port hears of it when nobody is there to use it. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect, it } from "vitest";
import type { SavePart, SavePort } from "../../src/engine/api/snapshot.ts";
import { EngineHost, engineTiming } from "../../src/main/engineHost.ts";
import { builtin } from "../engine/machine/bareMachine.ts";

const workerUrl = new URL("../../src/engine/worker/engineWorker.ts", import.meta.url);

/** What the other end hears until it is closed. */
async function heard(post: (port: MessagePort) => void): Promise<string[]> {
  const { port1, port2 } = new MessageChannel();
  const kinds: string[] = [];
  const closed = new Promise((resolve) => port1.once("close", resolve));
  port1.on("message", (part: SavePart) => kinds.push(part.kind));
  post(port2);
  await closed;
  return kinds;
}
const save = (engine: EngineHost) => (port: MessagePort) =>
  engine.post(
    { type: "save", id: 1, writer: "test", whole: true, port: port as unknown as SavePort }, [port],
  );

it("closes the port of a save that its engine never began, or began and left", async () => {
  const config = builtin("flic-storm");
  const engine = new EngineHost({ workerUrl, config, timing: engineTiming, onEvent: () => undefined });
  const unseen = heard(save(engine));
  await engine.dispose();
  expect(await unseen).not.toContain("ended");
  expect(await heard(save(engine))).toEqual([]);
});

it("closes the port of a save that a machine without a run cannot give", async () => {
  const config = { ...builtin("flic-storm"), memoryBytes: 1 };
  let refused = (): void => undefined;
  const isRefused = new Promise<void>((resolve) => (refused = resolve));
  const onEvent = ({ type }: { type: string }): void => void (type === "refused" && refused());
  const engine = new EngineHost({ workerUrl, config, timing: engineTiming, onEvent });
  await isRefused;
  expect(await heard(save(engine))).toEqual([]);
  await engine.dispose();
});
