/**
 * Requests for all and kicks, over every state of one vCPU and every caller, against the rules as the two
 * documents and the kernel's source tell them, step by step.
 */
import { describe, expect, it } from "vitest";
import { vcpuMode } from "../../../../src/engine/devices/requests/mode.ts";
import { archRequest, requestFlag } from "../../../../src/engine/devices/requests/request.ts";
import { loadRequests, saveRequests } from "../../../../src/engine/devices/requests/state.ts";
import {
  VcpuRequests, kick, makeRequest, type RequestHost,
} from "../../../../src/engine/devices/requests/vcpuRequests.ts";

const { OUTSIDE_GUEST_MODE: OUTSIDE, IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;
const OWN = 0, OTHER = 1, OFFLINE = 7, NOWHERE = -1;
const ONLINE = [OWN, OTHER, 2];
const ages = ["v4.13", "v6.1"] as const;
const both = [false, true];
const modes = Object.values(vcpuMode);

interface Case {
  readonly age: RequestHost["age"];
  readonly mode: (typeof modes)[number];
  readonly waiting: boolean;
  readonly cpu: number;
}

function* everyCase(cpus: readonly number[]): Generator<Case> {
  for (const age of ages)
    for (const mode of modes)
      for (const waiting of both) for (const cpu of cpus) yield { age, mode, waiting, cpu };
}
const vcpuIn = ({ mode, waiting, cpu }: Case): VcpuRequests =>
  Object.assign(new VcpuRequests(), { mode, waiting, cpu });
const exited = (mode: Case["mode"]): Case["mode"] => (mode === IN ? EXITING : mode);

/** Host CPU that gets an IPI, and the mode after it. */
type Effect = readonly [ipi: number | undefined, mode: Case["mode"]];

function effectOfKick({ age, mode, waiting, cpu }: Case, reduces: boolean, runsHere: boolean): Effect {
  if (waiting) return [undefined, mode];
  const isReachable = cpu === OTHER;
  if (age === "v4.13" && !isReachable) return [undefined, mode];
  if (age === "v6.1" && runsHere) return [undefined, exited(mode)];
  if (!reduces) return [isReachable ? cpu : undefined, mode];
  return [isReachable && mode === IN ? cpu : undefined, exited(mode)];
}

/** IPIs are for a set of CPUs here, which may be offline: nobody looks. */
function effectOfRequest({ age, mode, waiting, cpu }: Case, flags: number): Effect {
  if (waiting && !(flags & requestFlag.NO_WAKEUP)) return [undefined, mode];
  const isElsewhere = cpu === OTHER || cpu === OFFLINE;
  if (age === "v4.13" && !isElsewhere) return [undefined, mode];
  const needsIpi = flags & requestFlag.WAIT ? mode !== OUTSIDE : mode === IN;
  return [isElsewhere && needsIpi ? cpu : undefined, exited(mode)];
}

it("a new vCPU is outside the guest, on no CPU, awake, with nothing asked of it", () => {
  expect({ ...new VcpuRequests() }).toEqual({ mode: OUTSIDE, requests: 0n, cpu: NOWHERE, waiting: false });
});

it("the state of another number of vCPUs is refused and changes nothing", () => {
  const saved = saveRequests([1, 2].map((cpu) => Object.assign(new VcpuRequests(), { cpu, mode: IN })));
  for (const count of [0, 1, 3]) {
    const vcpus = Array.from({ length: count }, () => new VcpuRequests());
    expect(loadRequests(vcpus, saved).ok).toBe(false);
    expect(vcpus).toEqual(Array.from({ length: count }, () => new VcpuRequests()));
  }
});

it("an architecture's requests lie between the common ones and the end of the word", () => {
  for (const [age, end] of [["v4.13", 24], ["v6.1", 56]] as const) {
    for (let number = 0; number < end; number++)
      expect(archRequest(age, number, requestFlag.WAIT)).toBe(8 + number + requestFlag.WAIT);
    for (const number of [-2, -1, end, end + 1]) expect(() => archRequest(age, number)).toThrow();
  }
});

describe("a kick", () => {
  it("does what the rules say, for every vCPU, architecture and caller", () => {
    for (const one of everyCase([OWN, OTHER, OFFLINE, NOWHERE]))
      for (const policy of ["when-in-guest", "always"] as const)
        for (const runsHere of one.cpu === OWN ? both : [false]) {
          const vcpu = vcpuIn(one);
          const host = { age: one.age, currentCpu: OWN, online: ONLINE };
          const effect = [kick(vcpu, policy, host, runsHere), vcpu.mode];
          const said = JSON.stringify({ ...one, policy, runsHere });
          expect(effect, said).toEqual(effectOfKick(one, policy === "when-in-guest", runsHere));
          expect([vcpu.waiting, vcpu.requests], said).toEqual([false, 0n]);
        }
  });
});

describe("a request of all", () => {
  it("does what the rules say, for every vCPU and every set of flags", () => {
    for (const one of everyCase([OWN, OTHER, OFFLINE, NOWHERE]))
      for (const wait of [0, requestFlag.WAIT])
        for (const noWakeup of [0, requestFlag.NO_WAKEUP])
          for (const noAction of [0, requestFlag.NO_ACTION])
            for (const outOfMemory of one.age === "v6.1" ? both : [false]) {
              const vcpu = vcpuIn(one);
              const flags = wait | noWakeup | noAction;
              const host = { age: one.age, currentCpu: OWN, online: ONLINE, outOfMemory };
              const call = makeRequest([vcpu], 5 | flags, host);
              const [ipi, mode] = effectOfRequest(one, flags);
              const said = JSON.stringify({ ...one, flags });
              const isLogged = one.age === "v4.13" || noAction === 0;
              expect(call, said).toEqual({ cpus: ipi === undefined ? [] : [ipi], waits: wait !== 0 });
              expect([vcpu.mode, vcpu.requests, vcpu.waiting], said)
                .toEqual([mode, isLogged ? 1n << 5n : 0n, one.waiting && noWakeup !== 0]);
            }
  });

  it("without memory for the set goes to every other CPU and touches no mode, in 4.13", () => {
    for (const one of everyCase([OWN, OTHER, NOWHERE])) {
      if (one.age !== "v4.13") continue;
      const vcpu = vcpuIn(one);
      const host = { age: one.age, currentCpu: OTHER, online: ONLINE, outOfMemory: true };
      expect(makeRequest([vcpu], 5, host)).toEqual({ cpus: [OWN, 2], waits: false });
      expect([vcpu.mode, vcpu.requests]).toEqual([one.mode, 1n << 5n]);
    }
  });

  it("names every host CPU once, in ascending order", () => {
    const vcpus = [9, 2, 10, 2, 1].map((cpu) => Object.assign(new VcpuRequests(), { cpu, mode: IN }));
    const { cpus } = makeRequest(vcpus, 5, { age: "v6.1", currentCpu: OWN, online: ONLINE });
    expect(cpus).toEqual([1, 2, 9, 10]);
  });
});
