/**
 * Adapter-interruption suppression at KVM's user-space API, without a guest: an ISC in single mode lets one
 * interrupt through and closes behind it; the ledger says what became of the second.
 * Grants: none.
 */
const vm = kvm.s390({ profile: "linux-4.13" });
const flic = vm.createDevice("FLIC").device!;

assert(flic.setAttr("ADAPTER_REGISTER", { id: 7, isc: 3, swap: 1, flags: 1 }).result === 0);
// The same request, once as fields and once as bytes: isc 3, mode 1 (single).
flic.setAttr("AISM", { isc: 3, mode: 1 });
flic.setAttr("AISM", "03 00 00 01");

for (const attempt of ["first", "second"]) {
  flic.setAttr("AIRQ_INJECT", undefined, 7);
  console.log(attempt, "injected; modes:", flic.getAttr("AISM_ALL").value);
}

console.log("pending:", flic.getAttr("GET_ALL_IRQS").value);
console.log("interrupt 1:", vm.why(1)?.sentence);
console.log("interrupt 2:", vm.why(2)?.sentence);
assert(vm.why(2)?.step === "suppressed", "The second interrupt was not suppressed.");

// A mode that does not exist is refused, by number and name, and changes nothing.
const refused = flic.setAttr("AISM", { isc: 3, mode: 2 });
console.log("mode 2:", refused.result, refused.errno);
assert(refused.result === errno.EINVAL);
