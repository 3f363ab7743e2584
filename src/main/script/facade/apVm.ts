/** A VM of s390 with a host's vfio-ap driver and mock adapters beside it, for scripts. */
import * as v from "valibot";
import type {
  ApVm as ApVmApi, AssignmentAttribute, PqapReply,
} from "../../../../resources/scripts/api/ap.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import type { ApDeviceMachine } from "../../../engine/deviceMachine/apDeviceMachine.ts";
import type { SteppedTime } from "../../../engine/deviceMachine/steppedTime.ts";
import type { MatrixDevice } from "../../../engine/devices/ap/matrixDevice.ts";
import type { CryptoHardware } from "../../../engine/devices/apMock/cryptoHardware.ts";
import { responseOf } from "../../../engine/uapi/ap.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, name, nanoseconds, none, reply, u64, wholeTo } from "./arguments.ts";
import { s390VmMethods } from "./s390Methods.ts";
import { S390Vm } from "./s390Vm.ts";

export class ApVm extends S390Vm implements ApVmApi {
  private readonly ap: ApDeviceMachine<CryptoHardware>;
  private readonly time: SteppedTime;

  constructor(machine: ApDeviceMachine<CryptoHardware>, time: SteppedTime) {
    super(machine);
    this.ap = machine;
    this.time = time;
  }

  plugQueue(apqn: number): void {
    this.ap.hardware.plug(apqn);
  }
  unplugAdapter(adapter: number): void {
    this.ap.hardware.unplug(adapter);
  }
  setCondition(adapter: number, condition: "operating" | "deconfigured" | "checkstopped"): void {
    this.ap.hardware.setCondition(adapter, condition);
  }
  makeBusy(apqn: number, calls: number): void {
    this.ap.hardware.makeBusy(apqn, calls);
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
    return this.ap.hardware.enqueue(apqn, { id, bytes: message });
  }
  dequeue(apqn: number, bytesMax: number): { status: number; id?: bigint; message?: Uint8Array } {
    const taken = this.ap.hardware.dequeue(apqn, bytesMax);
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

const apqn = wholeTo(0xffff);
const adapter = wholeTo(0xff);

export const apVmMethods: MethodTable<ApVmApi> = {
  ...s390VmMethods,
  plugQueue: v.strictTuple([apqn]),
  unplugAdapter: v.strictTuple([adapter]),
  setCondition: v.strictTuple([adapter, v.picklist(["operating", "deconfigured", "checkstopped"])]),
  makeBusy: v.strictTuple([apqn, wholeTo(1000)]),
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
  pqap: v.strictTuple([u64, v.optional(u64), v.optional(u64)]),
  enqueue: v.strictTuple([apqn, u64, bytes]),
  dequeue: v.strictTuple([apqn, wholeTo(65_536)]),
  passTime: v.strictTuple([nanoseconds]),
  warnings: none,
};
