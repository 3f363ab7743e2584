/**
 * Timers and PMU of an arm64 vCPU in virtual time: a compare value that is reached and a counter that overflows
 * raise their private interrupts, and the ledger says what became of them. Derived from source.
 */
const vm = kvm.arm();
vm.createVcpu();
vm.initVcpu(0, true);
vm.createGic();
vm.initGic();
vm.setAttr(0, "PMU_IRQ", 23);
vm.setAttr(0, "PMU_INIT");
assert(vm.run(0).entered);
const vcpu = vm.vcpu(0);

// The virtual timer's PPI is 27. It comes before anybody enabled it …
vcpu.setTimer("virtual", { timerValue: 1000, control: 1 });
vm.passTime(16_000);
assert(vcpu.timer("virtual").output && vcpu.signal() === undefined);
console.log(vm.why(1)?.sentence, vm.why(1)?.obstacles.map(({ bit }) => bit));

// … and is signalled once it is let through.
vcpu.enableGroup(1, true);
vcpu.setPriorityMask(0xf8);
vcpu.writeGicr(0x100, (1 << 27) | (1 << 23));
assert(vcpu.signal() === "irq" && vcpu.acknowledge() === 27);
vcpu.setTimer("virtual", { control: 0 });
vcpu.endInterrupt(27);

// 100 cycles before its counter is full the PMU is let count.
vcpu.setPmuCounter(0, 0x11, 0xffff_ff9c);
vcpu.writePmu("PMINTENSET", 1);
vcpu.writePmu("PMCNTENSET", 1);
vcpu.writePmu("PMCR", 1);
vcpu.eventHappened(0x11, 99);
assert(!vcpu.pmu().output);
vcpu.eventHappened(0x11);
assert(vcpu.acknowledge() === 23);
vcpu.writePmu("PMOVSCLR", 1);
vcpu.endInterrupt(23);

console.log(vm.ledger().map(({ at, id, step, kind, bit }) => `${at} ns: ${id} ${step} (INTID ${kind}, ${bit})`));
const { raised, accepted, pending } = vm.counts();
assert(raised === 2 && accepted === 2 && pending === 0 && vm.checkLedger() === undefined);
