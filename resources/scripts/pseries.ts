/**
 * A pseries machine's XIVE by its hypervisor calls: claim a number, give it a queue and a route, raise it,
 * acknowledge it at the thread's TIMA.
 * Grants: none.
 */
const [lisn, priority] = [0x1300, 6];
const machine = kvm.pseries();
assert(machine.claim(lisn), "The number is taken.");

console.log("no such source:", machine.hcall("H_INT_GET_SOURCE_INFO", 0, 0x1301).status);
machine.hcall("H_INT_SET_QUEUE_CONFIG", 1, 0, priority, 0x1_0000, 16);
machine.hcall("H_INT_SET_SOURCE_CONFIG", 2, lisn, 0, priority, 0x42);
machine.loadEsb(lisn, "management", 0xc00);
machine.setIrq(lisn, true);
console.log("queue:", machine.readMemory(0x1_0000, 4), "PQ:", machine.loadEsb(lisn, "management", 0x800));
assert(machine.readMemory(0x1_0000, 4)[3] === 0x42, "The event is not in the queue.");

const own = kvm.pseries({ kernel: false });
own.claim(lisn);
own.hcall("H_INT_SET_QUEUE_CONFIG", 1, 0, priority, 0x1_0000, 16);
own.hcall("H_INT_SET_SOURCE_CONFIG", 2, lisn, 0, priority, 0x42);
own.storeTima(0, 0x11, 1, 0xff);
own.loadEsb(lisn, "management", 0xc00);
own.setIrq(lisn, true);
const acknowledged = own.loadTima(0, 0x810, 2)!;
console.log("acknowledged: NSR", acknowledged >> 8n, "CPPR", acknowledged & 0xffn);
assert((acknowledged & 0xffn) === BigInt(priority), "The thread was not notified.");
console.log("its way:", own.ledger().map(({ step, bit }) => `${step} (${bit})`), own.why(1)?.sentence);
assert(own.checkLedger() === undefined);
