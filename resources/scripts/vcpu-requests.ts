/** vCPU requests: who gets an IPI, who is woken, and which IPIs are saved. The order of steps is derived from source. */
const vcpus = kvm.requests(4);
vcpus.set(0, { mode: "in guest", cpu: 0 });
vcpus.set(1, { mode: "in guest", cpu: 1 });
vcpus.set(2, { mode: "outside", cpu: 2 });
vcpus.set(3, { waiting: true });

const flush = vcpus.make("TLB_FLUSH", { currentCpu: 0 });
console.log("TLB_FLUSH: an IPI for host CPUs", flush.cpus, "and the caller", flush.waits ? "waits" : "goes on");
assert(flush.cpus.join() === "1" && vcpus.state()[3]!.waiting, "It does not wake a sleeper.");
assert(vcpus.state()[1]!.mode === "exiting");

// A kick of one that is on its way out already costs nothing; a sleeper is woken without an IPI.
assert(vcpus.kick(1, { currentCpu: 0 }) === undefined);
vcpus.make("UNBLOCK", { vcpus: [3] });
assert(!vcpus.state()[3]!.waiting);

// The vCPU's own thread finds each request once, however often it was made.
vcpus.make("TLB_FLUSH");
assert(vcpus.check(1, "TLB_FLUSH") && !vcpus.check(1, "TLB_FLUSH"));
console.log(vcpus.state());
