/**
 * Drives a guest, injects through its interrupt controller, waits for a line of its console, takes snapshots,
 * compares them, and goes on from the first in the same machine and in a new one.
 * Grants: read, drive, inject, snapshot.
 */
const machine = await machines.start("hello");
await machine.waitFor("q stops the machine");
const before = await machine.snapshot("before any key");
console.log(`snapshot ${before.id}: ${before.pages} pages, ${before.newBytes > 0 ? "some" : "none"} of them new`);

const injected = await machine.setFlicAttr("ENQUEUE", [{ type: "INT_VIRTIO", ext_params: 0x0d00 }]);
assert(injected.result === 0, "The interrupt was refused.");
await machine.write("xyz");
console.log("it said:", await machine.waitFor("key 3"));
const after = await machine.snapshot("three keys later");
assert(after.parent === before.id);

const { fields, rows, pagesDiffering } = await snapshots.diff(before.id, after.id, 4);
console.log(`${fields.length} fields and ${pagesDiffering} pages differ; the first rows:`);
for (const { address, before: old, after: now } of rows) console.log(address.toString(16), old, now);

const again = await snapshots.restore(before.id);
await again.write("a");
console.log("from the first one:", await again.waitFor("key 1"));
const copy = await snapshots.restore(after.id, "new");
await copy.write("b");
console.log(`${copy.id}, beside ${again.id}:`, await copy.waitFor("key 4"));

for (const one of [again, copy]) await one.powerOff();
for (const { id } of [after, before]) await snapshots.remove(id);
