/**
 * AP passthrough: a queue of a mock adapter is bound to vfio-ap, made part of a matrix device and opened for a
 * VM; the guest turns its interrupts on, sends a request and takes the reply.
 * Grants: none.
 */
const [adapter, domain] = [5, 4];
const queue = adapter * 256 + domain;
const vm = kvm.ap();
const flic = vm.createDevice("FLIC").device!;

vm.plugQueue(queue);
vm.createMatrix("matrix");
vm.bindQueue(queue);
console.log("adapter 300:", vm.assign("matrix", "assign_adapter", "300").errno);
vm.assign("matrix", "assign_adapter", String(adapter));
vm.assign("matrix", "assign_domain", String(domain));
console.log("opened:", vm.openMatrix("matrix").errno, "queue is", vm.queueStatus(queue));
console.log(vm.showMatrix("matrix"));

// PQAP with function code 3 (AQIC): enable (bit 16 of register 1), ISC 3, indicator at guest address 0x1234.
const enabled = vm.pqap(0x0300_0000 + queue, (1n << 47n) | 3n, 0x1234);
console.log("AQIC:", enabled.kind, "response", enabled.response);
assert(enabled.kind === "done" && enabled.response === 0, "Interrupts were not enabled.");
vm.passTime(1_000_000);

vm.enqueue(queue, 77, "01 02 03");
vm.passTime(1_000_000);
console.log("indicator byte:", vm.readMemory(0x1234, 1));
const cpu = vm.vcpu(0);
cpu.open();
console.log("interrupts:", cpu.deliver());
const reply = vm.dequeue(queue, 100);
console.log("reply", reply.id, reply.message);
assert(reply.id === 77n, "There was no reply.");

vm.closeMatrix("matrix");
console.log("after close:", vm.queueStatus(queue), flic.getAttr("GET_ALL_IRQS").result, "pending");
console.log("its way:", vm.ledger().map(({ id, step, bit }) => `${id} ${step} (${bit})`), vm.counts());
assert(vm.checkLedger() === undefined);
