/** Collaborative memory management: the guest's usage values, collected as a migration collects them. */
const vm = kvm.s390();
const MIGRATION = 4;
vm.setMemoryRegion({ slot: 0, size: 0, guestAddress: 0, userAddress: 0 });
assert(vm.setAttr(MIGRATION, 1).errno === "-EINVAL", "There is no slot that is logged.");
vm.setMemoryRegion({ slot: 0, flags: 1, guestAddress: 0, size: 0x200000, userAddress: 0x3ff_0000_0000n });

vm.setUsage(5, 3);
assert(vm.getCmmaBits({ startFrame: 0, count: 8 }).errno === "-EINVAL", "Nothing is collected yet.");
console.log("peek:", vm.getCmmaBits({ startFrame: 4, count: 4, peek: true }).values);

vm.setAttr(MIGRATION, 1);
const all = vm.getCmmaBits({ startFrame: 0, count: 512 });
assert(all.values.length === 512 && all.values[5] === 3 && all.remaining === 0n);
vm.setUsage(9, 1);
const { startFrame, values, remaining } = vm.getCmmaBits({ startFrame: 0, count: 512 });
console.log("changed since:", startFrame, values, "left:", remaining);
assert(startFrame === 9n && values.length === 1);
vm.setAttr(MIGRATION, 0);
