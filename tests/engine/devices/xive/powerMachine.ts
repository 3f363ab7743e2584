/** The POWER device-only machine under the names that the tests of these controllers use. */
export * from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
