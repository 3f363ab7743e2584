/** The device-only machine under the names that the tests of this controller use. */
export { hex, join, toHex } from "../../../../src/engine/base/hex.ts";
export { PSW_ALL } from "../../../../src/engine/deviceMachine/registerCpu.ts";
export {
  irq, s390DeviceMachine as flicMachine, type S390DeviceMachine as FlicMachine,
  type S390Shape as MachineShape,
} from "../../../../src/engine/deviceMachine/s390DeviceMachine.ts";
