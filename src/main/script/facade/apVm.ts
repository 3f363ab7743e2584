/** A VM of s390 with a host's vfio-ap driver and mock adapters beside it, for scripts. */
import * as v from "valibot";
import type {
  ApHost, ApVm as ApVmApi, AssignmentAttribute, BoundQueue, PqapReply,
} from "../../../../resources/scripts/api/ap.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import type { ApDeviceMachine } from "../../../engine/deviceMachine/apDeviceMachine.ts";
import type { ScriptedAnswer, ScriptedApHardware } from "../../../engine/deviceMachine/scriptedApHardware.ts";
import type { SteppedTime } from "../../../engine/deviceMachine/steppedTime.ts";
import type { ApConfiguration } from "../../../engine/devices/ap/apConfiguration.ts";
import { deviceIoctl } from "../../../engine/devices/ap/deviceCalls.ts";
import { maskOf } from "../../../engine/devices/ap/idMask.ts";
import type { MatrixDevice } from "../../../engine/devices/ap/matrixDevice.ts";
import { ISC_INVALID } from "../../../engine/devices/ap/queue.ts";
import type { CryptoHardware } from "../../../engine/devices/apMock/cryptoHardware.ts";
import { responseOf } from "../../../engine/uapi/ap.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, name, nanoseconds, none, reply, u32, u64, wholeTo } from "./arguments.ts";
import { s390VmMethods } from "./s390Methods.ts";
import { S390Vm } from "./s390Vm.ts";

export class ApVm extends S390Vm implements ApVmApi {
  private readonly ap: ApDeviceMachine<ScriptedApHardware>;
  /** What answers where the script does not. */
  private readonly mock: CryptoHardware;
  private readonly time: SteppedTime;

  constructor(machine: ApDeviceMachine<ScriptedApHardware>, mock: CryptoHardware, time: SteppedTime) {
    super(machine);
    this.ap = machine;
    this.mock = mock;
    this.time = time;
  }

  plugQueue(apqn: number): void {
    this.mock.plug(apqn);
  }
  unplugAdapter(adapter: number): void {
    this.mock.unplug(adapter);
  }
  setCondition(adapter: number, condition: "operating" | "deconfigured" | "checkstopped"): void {
    this.mock.setCondition(adapter, condition);
  }
  makeBusy(apqn: number, calls: number): void {
    this.mock.makeBusy(apqn, calls);
  }
  answer(apqn: number, answers: readonly ScriptedAnswer[]): void {
    this.ap.hardware.script(apqn, answers);
  }
  takeHardwareCalls(): string[] {
    return this.ap.hardware.calls.splice(0);
  }
  changeHost(host: ApHost): void {
    this.ap.driver.changeConfiguration(configured(this.ap.driver.configuration, host));
  }
  completeScan(): void {
    this.ap.driver.completeScan();
  }
  boundQueue(apqn: number): BoundQueue | undefined {
    const queue = this.ap.driver.bound.get(apqn);
    if (!queue) return undefined;
    const { savedIova, savedIsc, resetResponse } = queue;
    return {
      resetResponse, ...(savedIova && { indicator: savedIova }),
      ...(savedIsc !== ISC_INVALID && { isc: savedIsc }),
    };
  }
  bindQueue(apqn: number, type?: number): Reply {
    return reply(this.ap.driver.bind(apqn, type));
  }
  unbindQueue(apqn: number): Reply {
    return reply(this.ap.driver.unbind(apqn));
  }
  queueStatus(apqn: number): string | undefined {
    return this.ap.driver.queueStatus(apqn);
  }
  storePoolMask(attribute: "apmask" | "aqmask", text: string): Reply {
    return reply(this.ap.driver.storePoolMask(attribute, text));
  }
  createMatrix(matrix: string): Reply {
    return reply(this.ap.driver.createDevice(matrix));
  }
  removeMatrix(matrix: string): Reply {
    return reply(this.ap.driver.removeDevice(matrix));
  }
  assign(matrix: string, attribute: AssignmentAttribute, text: string): Reply {
    return reply(this.ap.driver.store(matrix, attribute, text));
  }
  showMatrix(matrix: string): ReturnType<ApVmApi["showMatrix"]> {
    const device = this.matrix(matrix);
    return {
      matrix: device.printMatrix(), guestMatrix: device.printGuestMatrix(),
      controlDomains: device.printControlDomains(),
    };
  }
  openMatrix(matrix: string): Reply {
    return reply(this.ap.driver.open(matrix, this.ap.kvm.ap));
  }
  closeMatrix(matrix: string): void {
    this.matrix(matrix);
    this.ap.driver.close(matrix);
  }
  resetMatrix(matrix: string): Reply {
    return reply(this.ap.driver.resetQueues(this.matrix(matrix)));
  }

  matrixIoctl(matrix: string, request: number, argument: bigint = 0n): Reply {
    const device = this.matrix(matrix);
    const { driver, user } = this.ap;
    return reply(deviceIoctl(request, argument, user, () => driver.resetQueues(device)));
  }
  mapDma(
    { address, size, read = true, write = true }:
    { address: bigint; size: bigint; read?: boolean; write?: boolean },
  ): Reply {
    return reply(this.ap.kvm.ap.container.map({ iova: address, size, read, write }));
  }
  unmapDma(address: bigint, size: bigint): bigint | "host-stopped" {
    return this.ap.kvm.ap.container.unmap(address, size);
  }
  pins(): { address: bigint; count: number }[] {
    return this.ap.kvm.ap.container.save().pins.map(({ iova, count }) => ({ address: iova, count }));
  }
  controlBlock(): ReturnType<ApVmApi["controlBlock"]> {
    const { crycb } = this.ap.kvm.ap;
    return { format: crycb.format, bytes: crycb.toBytes(), updates: crycb.updates };
  }
  setGuestCpu(to: { problemState?: boolean; aiv?: boolean; conditionCode?: number }): void {
    Object.assign(this.ap.apCpu, to);
  }

  pqap(gr0: bigint, gr1: bigint = 0n, gr2: bigint = 0n): PqapReply {
    const outcome = this.ap.pqap(gr0, gr1, gr2);
    const { apCpu } = this.ap;
    const status = Number(BigInt.asUintN(32, apCpu.gr(1)));
    return {
      ...outcome, conditionCode: apCpu.conditionCode, response: responseOf(status),
      registers: [apCpu.gr(0), apCpu.gr(1), apCpu.gr(2)],
    };
  }
  enqueue(apqn: number, id: bigint, message: Uint8Array): number {
    return this.mock.enqueue(apqn, { id, bytes: message });
  }
  dequeue(apqn: number, bytesMax: number): { status: number; id?: bigint; message?: Uint8Array } {
    const taken = this.mock.dequeue(apqn, bytesMax);
    if (!taken.ok) return { status: taken.error };
    const { status, reply: answer } = taken.value;
    return { status, id: answer.id, message: answer.bytes };
  }
  passTime(nanoseconds: bigint): void {
    this.time.pass(nanoseconds);
  }
  warnings(): { warning: string; apqn: number }[] {
    return this.ap.warnings.map(({ warning, apqn }) => ({ warning: String(warning), apqn }));
  }

  private matrix(wanted: string): MatrixDevice {
    const device = this.ap.driver.device(wanted);
    if (!device) throw new ScriptRefusal(`There is no matrix device "${wanted}"; create it first.`);
    return device;
  }
}

/** The configuration with these numbers; those that are not given stay. */
export function configured(
  before: ApConfiguration, { adapters, domains, controlDomains }: ApHost,
): ApConfiguration {
  return {
    ...before,
    ...(adapters && { apm: maskOf(...adapters) }),
    ...(domains && { aqm: maskOf(...domains) }),
    ...(controlDomains && { adm: maskOf(...controlDomains) }),
  };
}

const apqn = wholeTo(0xffff);
const adapter = wholeTo(0xff);
const ids = v.optional(v.pipe(v.array(adapter), v.maxLength(256)));
export const apHost = { adapters: ids, domains: ids, controlDomains: ids };

export const apVmMethods: MethodTable<ApVmApi> = {
  ...s390VmMethods,
  plugQueue: v.strictTuple([apqn]),
  unplugAdapter: v.strictTuple([adapter]),
  setCondition: v.strictTuple([adapter, v.picklist(["operating", "deconfigured", "checkstopped"])]),
  makeBusy: v.strictTuple([apqn, wholeTo(1000)]),
  answer: v.strictTuple([
    apqn,
    v.pipe(v.array(v.strictTuple([v.picklist(["tapq", "rapq", "zapq", "aqic"]), u32])), v.maxLength(1000)),
  ]),
  takeHardwareCalls: none,
  changeHost: v.strictTuple([v.strictObject(apHost)]),
  completeScan: none,
  boundQueue: v.strictTuple([apqn]),
  bindQueue: v.strictTuple([apqn, v.optional(wholeTo(0xff))]),
  unbindQueue: v.strictTuple([apqn]),
  queueStatus: v.strictTuple([apqn]),
  storePoolMask: v.strictTuple([v.picklist(["apmask", "aqmask"]), name]),
  createMatrix: v.strictTuple([name]),
  removeMatrix: v.strictTuple([name]),
  assign: v.strictTuple([
    name,
    v.picklist([
      "assign_adapter", "assign_domain", "assign_control_domain", "unassign_adapter", "unassign_domain",
      "unassign_control_domain",
    ]),
    name,
  ]),
  showMatrix: v.strictTuple([name]),
  openMatrix: v.strictTuple([name]),
  closeMatrix: v.strictTuple([name]),
  resetMatrix: v.strictTuple([name]),
  matrixIoctl: v.strictTuple([name, u32, v.optional(u64)]),
  mapDma: v.strictTuple([v.strictObject({
    address: u64, size: u64, read: v.optional(v.boolean()), write: v.optional(v.boolean()),
  })]),
  unmapDma: v.strictTuple([u64, u64]),
  pins: none,
  controlBlock: none,
  setGuestCpu: v.strictTuple([v.strictObject({
    problemState: v.optional(v.boolean()), aiv: v.optional(v.boolean()),
    conditionCode: v.optional(wholeTo(3)),
  })]),
  pqap: v.strictTuple([u64, v.optional(u64), v.optional(u64)]),
  enqueue: v.strictTuple([apqn, u64, bytes]),
  dequeue: v.strictTuple([apqn, wholeTo(65_536)]),
  passTime: v.strictTuple([nanoseconds]),
  warnings: none,
};
