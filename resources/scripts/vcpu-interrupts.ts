/**
 * Interrupts of one CPU: KVM_S390_IRQ, what waits for an open mask, and the state that travels with a vCPU.
 * Grants: none.
 */
const vm = kvm.s390({ cpus: 2 });
vm.createDevice("FLIC");
const [source, target] = [vm.vcpu(0), vm.vcpu(1)];

source.irq({ type: "INT_EMERGENCY", code: 1 });
source.irq({ type: "INT_EXTERNAL_CALL", code: 0 });
console.log("closed:", source.deliver(), vm.why(1)?.obstacles);

const state = source.getIrqState(4096);
console.log(`${state.result} bytes of state:`, codecs.irqs(state.bytes).map(({ type }) => type));
console.log("taken over by the other vCPU:", target.setIrqState(state.bytes).errno);

target.open();
console.log("open:", target.deliver());
