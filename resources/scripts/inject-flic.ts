/**
 * Injects into a running guest through its interrupt controller, by the device attributes that a VMM uses, and
 * reads back what the controller decided.
 * Grants: read, drive, inject.
 */
const machine = await machines.start("hello");
await machine.waitFor("bare s390x machine");

const good = await machine.setFlicAttr("ENQUEUE", [{ type: "INT_VIRTIO", ext_params: 0x0d00, ext_params2: 0x1000n }]);
console.log("one virtio interrupt:", good.errno);
assert(good.result === 0);

const bad = await machine.setFlicAttr("AISM", { isc: 8, mode: 1 });
console.log("a mode for an ISC of a machine without suppression:", bad.result, bad.errno);
assert(bad.result < 0);

// While no CPU runs, what was accepted stays on its list; a buffer of 72 bytes has room for one.
await machine.pause();
await machine.setFlicAttr("ENQUEUE", [{ type: "INT_VIRTIO", ext_params: 0x0e00, ext_params2: 0x2000n }]);
const { value, bytes } = await machine.getFlicAttr("GET_ALL_IRQS", { length: 72 });
console.log("read back:", value, "as bytes:", bytes.subarray(0, 8));
await machine.resume();

const lines = (await machine.ledger(20)).filter(({ id }) => id !== 0);
console.log(lines.slice(-3).map(({ id, step, bit }) => `${id} ${step} ${bit}`));
console.log("why:", (await machine.why(lines.at(-1)!.id))?.sentence);
console.log("pending:", (await machine.flic()).pending);
await machine.powerOff();
