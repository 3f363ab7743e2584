/**
 * PCI passthrough on POWER9: a function behind a PHB4 gets interrupt numbers by ibm,change-msi, its source
 * takes the IPI's place when the irqfd is connected, and gives it back.
 * Grants: none.
 */
const vm = kvm.passthrough({ mode: "native" });
const nic = vm.plug({ msi: 8 });
console.log("ibm,change-msi:", vm.changeMsi(nic.address, 1));
const [lisn] = nic.lisns();
vm.configureSource(lisn!, { priority: 6, eisn: 0x42 });
vm.load(lisn!, "management", 0xc00);

const { irqfd, returned } = vm.connect(lisn!, nic.hostIrq);
console.log("connected:", returned, vm.sources());

// Bus mastering and MSI are what a driver turns on before a function may send messages.
nic.writeConfig(0x04, 2, 0x4);
nic.writeConfig(0x52, 2, nic.readConfig(0x52, 2) | 1);
console.log("message:", nic.interrupt(0));
const entry = vm.takeEntry();
console.log("the guest's queue:", entry);
assert(entry?.data === 0x42, "The device's interrupt did not reach the guest.");
console.log("EOI:", vm.eoi(lisn!));
vm.finishEntry(0x42);

console.log("page entries:", vm.pages());
console.log("disconnected:", vm.disconnect(irqfd), vm.sources()[0]);
console.log("last steps:", vm.steps().slice(-3).map(({ call, step }) => `${call}: ${step}`));
assert(vm.violations().length === 0, vm.violations().join("; "));
console.log("the message:", vm.why(1)?.sentence, vm.counts());
assert(vm.checkLedger() === undefined);
