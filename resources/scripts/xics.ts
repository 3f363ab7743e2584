/**
 * XICS over XIVE: a guest that knows only hypervisor and RTAS calls takes an interrupt and ends it.
 * Grants: none.
 */
const vm = kvm.power();
const xics = vm.createDevice("XICS").device!;
const vcpu = vm.createVcpu(0);
vcpu.connect(xics, 0);

// SOURCES: server 31:0, priority 39:32.
const [irq, priority] = [0x20, 5n];
console.log("source:", xics.setAttr("SOURCES", { value: priority << 32n }, irq).errno);
console.log("a number below 16:", xics.setAttr("SOURCES", { value: 0 }, 3).errno);

vcpu.push();
vcpu.hcall("H_CPPR", 0xff);
console.log("raised:", vm.irqLine(irq, 1).errno);
const [xirr] = vcpu.hcall("H_XIRR").outputs;
console.log("XIRR:", xirr!.toString(16));
assert((xirr! & 0xff_ffffn) === BigInt(irq), "Another interrupt was taken.");
vcpu.hcall("H_EOI", xirr!);
console.log("nothing more:", vcpu.hcall("H_XIRR").outputs[0]!.toString(16));
console.log("ibm,get-xive:", vm.rtas("ibm,get-xive", [irq], 3));
console.log("its way:", vm.ledger().map(({ id, step, bit }) => `${id} ${step} (${bit})`));
assert(vm.counts().pending === 0 && vm.checkLedger() === undefined);
