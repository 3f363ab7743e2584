/**
 * A scenario of one's own: it runs as the built-in ones do, without its defect and with it.
 *   latchwork scenarios run own-scenario.ts --defects
 * Grants: none.
 */
const CLAIM = "both interrupts came through";

export default defineScenario({
  id: "own-mode-left-single",
  title: "A driver that re-arms its ISC loses no interrupt",
  evidence: ["documented"],
  sources: ["Documentation/virt/kvm/devices/s390_flic.rst"],
  given: {
    says: ["an adapter of ISC 3 in single mode"],
    build: (defects) => {
      const vm = kvm.s390();
      const flic = vm.createDevice("FLIC").device!;
      flic.setAttr("ADAPTER_REGISTER", { id: 7, isc: 3, flags: 1 });
      flic.setAttr("AISM", { isc: 3, mode: 1 });
      vm.vcpu(0).open();
      return { vm, flic, rearms: !defects.has("own.driver.neverRearms"), delivered: 0 };
    },
  },
  when: ["the first interrupt", "the second interrupt"].map((says) => ({
    says,
    does(world) {
      world.flic.setAttr("AIRQ_INJECT", undefined, 7);
      world.delivered += world.vm.vcpu(0).deliver().length;
      world.vm.vcpu(0).open();
      if (world.rearms) world.flic.setAttr("AISM", { isc: 3, mode: 1 });
    },
  })),
  then: [{ says: CLAIM, seen: ({ delivered }) => delivered, is: 2 }],
  defects: [{ switch: "own.driver.neverRearms", breaks: CLAIM, because: "the ISC stays closed behind the first" }],
});
