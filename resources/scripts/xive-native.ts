/**
 * KVM's XIVE native device on POWER9: a source, a queue in guest memory, a route between them, an event, and
 * the state that travels with a vCPU. The order of the kernel's checks is derived from source.
 * Grants: none.
 */
const [irq, server, priority] = [0x1300, 0, 6];
const queueAddress = 0x1_0000;
const vm = kvm.power();
const xive = vm.createDevice("XIVE").device!;
const vcpu = vm.createVcpu(0);
assert(vcpu.connect(xive, server).result === 0);

// A route before its queue is there is refused.
xive.setAttr("SOURCE", { value: 0 }, irq);
const route = codecs.xiveRoute({ server, priority, eisn: 0x42 });
console.log("route without a queue:", xive.setAttr("SOURCE_CONFIG", { value: route }, irq).errno);

const queue = { flags: 1, qshift: 16, qaddr: BigInt(queueAddress), qtoggle: 1, qindex: 0 };
console.log("queue:", xive.setAttr("EQ_CONFIG", queue, codecs.xiveQueue(server, priority)).errno);
console.log("route:", xive.setAttr("SOURCE_CONFIG", { value: route }, irq).errno);

// PQ to 00 by a load of the management page, then one event by a store to the trigger page.
vm.loadEsb(irq, "management", 0xc00);
vm.storeEsb(irq, "trigger", 0);
const entry = vm.readMemory(queueAddress, 4);
console.log("first entry:", entry, "PQ:", vm.loadEsb(irq, "management", 0x800));
assert(entry[3] === 0x42, "The event is not in the queue.");

const state = xive.getAttr("EQ_CONFIG", { attr: codecs.xiveQueue(server, priority) });
console.log("queue's state:", state.value);
console.log("VP state:", vcpu.getOneReg("KVM_REG_PPC_VP_STATE"));
xive.setAttr("CTRL", undefined, 2);
console.log("dirty frames after EQ_SYNC:", vm.getDirtyLog(0).frames);
assert(vm.getDirtyLog(0).frames.length === 0, "Reading clears the log.");

// The vCPU is on no thread, so the event waits in its registers.
console.log("the event:", vm.why(1)?.sentence);
assert(vm.counts().pending === 1 && vm.checkLedger() === undefined);

// An eventfd raises the same number; a second event waits in Q.
const fd = vm.openEventfd();
console.log("irqfd:", vm.irqfd({ fd, gsi: irq }).errno, vm.irqfd({ fd, gsi: irq }).errno);
assert(vm.signalEventfd(fd)[0] === 0 && vm.loadEsb(irq, "management", 0x800) === 3);

// Without its memory slot a queue's page is no page of the guest's.
vm.setMemoryRegion({ slot: 0, size: 0, guestAddress: 0, userAddress: 0 });
assert(xive.setAttr("EQ_CONFIG", queue, codecs.xiveQueue(server, 5)).errno === "-EINVAL");
