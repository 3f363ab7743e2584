/** A process that stores two guests in turn under one id, for ever, and says so after each. */
import { GuestStore } from "../../../src/main/guests/guestStore.ts";

const store = new GuestStore(process.argv[2]!);
const fields = { description: "", commandLine: "", memoryBytes: 64 * 2 ** 20, cpus: 1 };
for (let i = 0; ; i++) {
  const size = i % 2 === 0 ? 300_000 : 200_000;
  await store.write(
    "guest",
    { ...fields, title: `size ${size}` },
    { kernel: new Uint8Array(size).fill(i), initrd: new Uint8Array(size).fill(i + 1) },
  );
  process.stdout.write(".");
}
