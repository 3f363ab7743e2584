/**
 * How a scenario of passthrough is written: what every one of them has, and the steps that most of them take.
 */
import { setIrq } from "../../devices/passthrough/injection.ts";
import { defineScenario, step, type Defect, type Scenario } from "../scenario.ts";
import { LISN, World, type Shape, type StrategyScenario } from "./world.ts";

/** What the specification is read from; nobody else has confirmed it. */
const derived = {
  evidence: ["derived"],
  sources: ["Linux 6.1 arch/powerpc/kvm/book3s_xive.c, book3s_xive_native.c, book3s_hv.c"],
} as const;

export interface Race extends Pick<Scenario<World>, "id" | "row" | "title" | "when" | "then"> {
  /** Default: derived from the source of Linux 6.1. */
  readonly evidence?: Scenario["evidence"];
  readonly sources?: Scenario["sources"];
  /** What the guest is and how it asks for its interrupt. */
  readonly shape: Omit<Shape, "strategy" | "defects">;
  readonly says: readonly string[];
  /** What has happened before the first step. */
  readonly before?: (world: World) => unknown;
  readonly defect: Defect;
}

export const race = ({ shape, says, before, defect, ...rest }: Race): StrategyScenario =>
  (strategy) => defineScenario<World>({
    family: "passthrough", ...derived, ...rest,
    given: {
      says,
      build: (defects) => {
        const world = new World({ ...shape, strategy, defects });
        before?.(world);
        return world;
      },
    },
    defects: [defect],
  });

export const connect = step<World>("the device's message is connected", (world) => world.connect());
export const disconnect = step<World>("it is disconnected", (world) => world.disconnect());
export const event = step<World>("the device sends a message", (world) => world.deviceEvent());
export const injection = step<World>("software injects an event", (world) => {
  world.results.push(setIrq(world.p, LISN, 1));
});
export const settle = step<World>("guest and host handle what there is", (world) => world.settle());
