/** The laws of vCPU requests: two vCPUs of one VM, and what others ask of them. */
import type { Prng } from "../../base/prng.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import { commonRequests, s390Requests } from "../../devices/requests/request.ts";
import { loadRequests, requestsState, saveRequests } from "../../devices/requests/state.ts";
import {
  VcpuRequests, kick, makeRequest, type RequestHost,
} from "../../devices/requests/vcpuRequests.ts";
import { codecOf, device } from "./device.ts";

type Vcpus = readonly VcpuRequests[];

const host: RequestHost = { age: "v6.1", currentCpu: 0, online: [0, 1, 2] };
const requests = [...Object.values(commonRequests["v6.1"]), ...Object.values(s390Requests)];
const any = (vcpus: Vcpus, prng: Prng): VcpuRequests => prng.pick(vcpus);

export const requestLaws = device<Vcpus>({
  folder: "requests", name: "vCPU requests", refusesNothing: true,
  make: () => [new VcpuRequests(), new VcpuRequests()],
  calls: [
    {
      name: "request of all",
      run: (vcpus, prng) => makeRequest(vcpus, prng.pick(requests), host).cpus.join(),
    },
    {
      name: "kick",
      run: (vcpus, prng) => kick(any(vcpus, prng), prng.pick(["when-in-guest", "always"]), host,
        prng.below(4) === 0) ?? "nobody",
    },
    { name: "check", run: (vcpus, prng) => any(vcpus, prng).check(prng.pick(requests)) },
    { name: "wake up", run: (vcpus, prng) => any(vcpus, prng).wakeUp() },
    {
      name: "enter",
      run: (vcpus, prng) => {
        const vcpu = any(vcpus, prng);
        Object.assign(vcpu, { cpu: prng.below(3), waiting: false, mode: vcpuMode.IN_GUEST_MODE });
      },
    },
    {
      name: "leave, and perhaps sleep",
      run: (vcpus, prng) => {
        const vcpu = any(vcpus, prng);
        Object.assign(vcpu, { cpu: -1, waiting: prng.below(2) === 1, mode: vcpuMode.OUTSIDE_GUEST_MODE });
      },
    },
  ],
  codec: codecOf(requestsState, saveRequests, loadRequests),
});
