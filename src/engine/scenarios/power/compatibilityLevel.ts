/** Row 32: the compatibility level of a POWER8 guest, and a target whose CPUs are POWER9. */
import { errno } from "../../api/errno.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const FIRST_ONLY = "vmm.reset.levelOfFirstCpuOnly";
/** Processor version registers: what a guest reads where no compatibility level hides it. */
const POWER8 = 0x004d_0200, POWER9 = 0x004e_1202;
/** Level of the architecture: 2.07 is POWER8's. */
const LEVEL_207 = 0x0f00_0004;
const LEVELS_OF_POWER9 = [LEVEL_207, 0x0f00_0005];
const LOADED = "the target takes both CPUs";

/** What travels of a CPU. Without a level its guest sees the processor itself. */
interface CpuSection {
  readonly version: number;
  readonly level: number | undefined;
}

interface World {
  readonly firstOnly: boolean;
  cpus: CpuSection[];
  loads: number[];
}

const fresh = (): CpuSection => ({ version: POWER8, level: undefined });

/** A CPU without a level needs the processor that it came from; with one, a processor that offers it. */
function load({ version, level }: CpuSection): number {
  if (level === undefined) return version === POWER9 ? 0 : errno.EPERM;
  return LEVELS_OF_POWER9.includes(level) ? 0 : errno.EINVAL;
}

export const compatibilityLevel = defineScenario<World>({
  id: "compatibility-level", family: "power", row: "32",
  title: "After a reset every CPU has the machine's compatibility level, so each can move",
  evidence: ["read"],
  sources: ["Vivier, 2019-08-26, Fixes 25c9780d38d4"],
  given: {
    says: ["a pseries machine with two vCPUs on a POWER8 host", "its level is that of POWER8"],
    build: (defects) => ({
      firstOnly: defects.has(FIRST_ONLY), cpus: [fresh(), fresh()], loads: [],
    }),
  },
  when: [
    step("the machine is reset: devices and CPUs, then what was negotiated", (world) => {
      world.cpus = world.cpus.map(fresh).map((cpu, index) =>
        world.firstOnly && index > 0 ? cpu : { ...cpu, level: LEVEL_207 });
    }),
    step("it moves to a POWER9 host", (world) => { world.loads = world.cpus.map(load); }),
  ],
  then: [
    claim("both CPUs have the level", ({ cpus }) => cpus.map(({ level }) => level), [LEVEL_207, LEVEL_207]),
    claim(LOADED, ({ loads }) => loads, [0, 0]),
  ],
  defects: [{
    switch: FIRST_ONLY, breaks: LOADED,
    because: "CPUs that are reset after the level was set lose it, and only the boot CPU is given it again",
  }],
});
