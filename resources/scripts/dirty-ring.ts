/**
 * A dirty ring from both sides: KVM logs pages, the VMM collects and marks them, KVM takes marked entries back
 * and believes nothing else of what it reads there.
 * Grants: none.
 */
const ring = kvm.dirtyRing(2048, [256]);
for (const page of [3, 7, 9]) ring.push(0, page);
console.log("entries:", [0, 1, 2].map((entry) => ring.read(entry)));

// Flag 2 says "collected". The second entry is overwritten with a page that does not exist.
ring.write(0, { ...ring.read(0), flags: 3 });
ring.write(1, { flags: 3, slot: 0, offset: 1n << 60n });
console.log("taken back:", ring.reset(), "protected again:", ring.protectedPages());
assert(ring.protectedPages().length === 1, "An entry was believed.");
