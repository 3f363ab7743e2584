/**
 * A VMM's wiring on s390: an eventfd raises a GSI, its route sets two indicator bits in guest memory and makes
 * the adapter's interrupt pending; the dirty log tells which page was written.
 * Grants: none.
 */
// What Linux 6.1 does to the dirty log here is a quirk (derived from source); without it the frames are right.
const vm = kvm.s390({ profile: "linux-6.1", quirks: { indicatorDirtyByUserAddress: false } });
const flic = vm.createDevice("FLIC").device!;

vm.enableCap("KVM_CAP_S390_IRQCHIP");
vm.createIrqchip();
flic.setAttr("ADAPTER_REGISTER", { id: 1, isc: 2, swap: 1 });

// Guest addresses: KVM looks up where the VMM has mapped them.
const indicator = 0x10000n;
const summary = 0x11000n;
const routed = vm.setGsiRouting([
  { gsi: 5, adapter: 1, indicator, indicatorBit: 3, summary, summaryBit: 0 },
]);
assert(routed.result === 0, `The route was refused: ${routed.errno}`);

const fd = vm.openEventfd();
vm.irqfd({ fd, gsi: 5 });
console.log("raising answered", vm.signalEventfd(fd));
console.log("indicator byte", vm.readMemory(Number(indicator), 1), "summary byte", vm.readMemory(Number(summary), 1));
assert(vm.readMemory(Number(indicator), 1)[0] !== 0, "The indicator was not set.");

const { frames } = vm.getDirtyLog(0);
console.log("dirty frames", frames);
assert(frames.join() === "16,17", "The dirty log misses a page.");

const cpu = vm.vcpu(0);
cpu.open();
console.log("delivered", cpu.deliver(), "into", vm.getDirtyLog(0).frames);
console.log("books", vm.counts());
