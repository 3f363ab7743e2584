/**
 * Drives a guest: starts it, waits for a line of its console, stops it, looks at registers, code and memory.
 * Grants: read, drive.
 */
const machine = await machines.start("hello");
console.log("it said:", await machine.waitFor("bare s390x machine"));

await machine.pause();
const registers = await machine.registers();
console.log("PSW", registers.pswMask!.toString(16), registers.pswAddress!.toString(16));
for (const { address, source } of await machine.disassemble(registers.pswAddress!, 4))
  console.log(address.toString(16).padStart(16, "0"), source);
console.log("storage there:", await machine.readMemory(registers.pswAddress!, 16));

await machine.setRegister("r5", 0x1234);
assert((await machine.registers()).r5 === 0x1234n, "The register was not written.");

await machine.resume();
await machine.powerOff();
console.log((await machine.info()).phase);
