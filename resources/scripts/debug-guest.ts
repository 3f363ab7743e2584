/**
 * Stops a guest where something happens: a register that changes, an instruction that comes; looks at its CPUs'
 * threads, and finds a text in its memory.
 * Grants: read, drive.
 */
const machine = await machines.start("hello");
await machine.waitFor("q stops the machine");

// General register 8 counts the keys.
await machine.setWatchpoints([{ kind: "register", register: "r8" }]);
await machine.write("x");
const changed = await machine.waitForStop();
console.log("stopped:", changed?.why, changed?.hit?.before, "->", changed?.hit?.after);
assert(changed?.hit?.after === 1n && (await machine.registers()).r8 === 1n);

// From there on every key comes by the next instruction.
await machine.setWatchpoints([]);
await machine.setBreakpoints([changed.address]);
await machine.resume();
await machine.write("y");
const reached = await machine.waitForStop();
assert(reached?.why === "breakpoint" && reached.address === changed.address);
const over = await machine.stepOver();
console.log("at", reached.address.toString(16), "then at", over?.address.toString(16));

const text = Uint8Array.from("Hello from", (letter) => letter.charCodeAt(0));
const at = await machine.findMemory(0, text);
assert(at !== undefined, "The text is not in memory.");
await machine.writeMemory(at, Uint8Array.from("Howdy from", (letter) => letter.charCodeAt(0)));
assert((await machine.findMemory(0, text)) !== at);

console.log("breakpoints:", (await machine.info()).breakpoints, "threads:", (await machine.lanes()).map(({ mode }) => mode));
await machine.setBreakpoints([]);
await machine.resume();
console.log("it said:", await machine.waitFor("key 2"));
await machine.powerOff();
