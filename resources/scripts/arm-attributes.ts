/**
 * vCPU attributes of arm64: the PMU's interrupt and event filter, timers, steal time, and what the first
 * KVM_RUN looks at. Orders of checks are derived from source.
 * Grants: none.
 */
const vm = kvm.arm({ profile: "linux-6.1" });
vm.createVcpu();
vm.initVcpu(0, true);

vm.createGic({ version: 3 });
console.log("an interrupt that is no PPI or SPI:", vm.setAttr(0, "PMU_IRQ", 5).errno);
console.log("PMU interrupt 23:", vm.setAttr(0, "PMU_IRQ", 23).errno, vm.getAttr(0, "PMU_IRQ").value);
console.log("PMU before the GIC is initialised:", vm.setAttr(0, "PMU_INIT").errno);
vm.initGic();
console.log("PMU:", vm.setAttr(0, "PMU_INIT").errno, "again:", vm.setAttr(0, "PMU_INIT").errno);

console.log("steal time off its alignment:", vm.setAttr(0, "PVTIME_IPA", 0x1001n).errno);
console.log("steal time:", vm.setAttr(0, "PVTIME_IPA", 0x1000n).errno, vm.getAttr(0, "PVTIME_IPA").value);

// The two timers of one vCPU with one interrupt: accepted here, refused when the vCPU runs.
vm.setAttr(0, "TIMER_VTIMER", 28);
vm.setAttr(0, "TIMER_PTIMER", 28);
const run = vm.run(0);
console.log("KVM_RUN:", run);
assert(!run.entered, "It entered the guest with one interrupt for two timers.");
