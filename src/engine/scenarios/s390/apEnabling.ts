/** Rows 17 and 18: an enable that fails half way. */
import { apResponse } from "../../uapi/ap.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { ADAPTER, NOTHING_HELD, apWorld, enableInterrupts, heldOf, type ApWorld } from "./apWorld.ts";

const PIN_LEAKS = "ap.enable.giscFailureLeaksPin";
const ERROR_LEAKS = "ap.enable.errorLeaks";
const RELEASED = "nothing is pinned and nothing registered";

export const apGiscFailureLeaksPin = defineScenario<ApWorld>({
  id: "ap-gisc-failure-leaks-pin", family: "s390", row: "17",
  title: "An enable without a GISA leaves no page pinned",
  evidence: ["read"],
  sources: ["series of 2023-11-09, in 6.1.76"],
  given: {
    says: ["a VM without a GISA", "a passed-through queue"],
    build: (defects) => apWorld({ giscFailureLeaksPin: defects.has(PIN_LEAKS) }, {}, { aiv: false }),
  },
  when: [step("the guest enables interrupts", enableInterrupts)],
  then: [
    claim(RELEASED, heldOf, NOTHING_HELD),
    claim("the answer is \"invalid GISA\"", ({ results }) => results, [apResponse.INVALID_GISA]),
  ],
  defects: [{
    switch: PIN_LEAKS, breaks: RELEASED,
    because: "the exit after a failed registration forgets the pin, and says \"invalid address\"",
  }],
});

export const apEnableErrorLeaks = defineScenario<ApWorld>({
  id: "ap-enable-error-leaks", family: "s390", row: "18",
  title: "An enable that the device refuses gives back what it took",
  evidence: ["derived-twice"],
  sources: ["Linux 6.1.192 drivers/s390/crypto/vfio_ap_ops.c, vfio_ap_irq_enable"],
  given: {
    says: ["a passed-through queue"],
    build: (defects) => apWorld({ enableErrorLeaks: defects.has(ERROR_LEAKS) }),
  },
  when: [
    step("its adapter is deconfigured", ({ machine }) =>
      machine.hardware.setCondition(ADAPTER, "deconfigured")),
    step("the guest enables interrupts", enableInterrupts),
  ],
  then: [
    claim("the guest is told", ({ results }) => results, [apResponse.DECONFIGURED]),
    claim(RELEASED, heldOf, NOTHING_HELD),
  ],
  defects: [{
    switch: ERROR_LEAKS, breaks: RELEASED,
    because: "only the older pin and registration are given back, if there are any",
  }],
});
