/** A bare-metal program among the guests of a workbench, as a person adds one. */
import type { GuestsService } from "../../src/main/services/guests.ts";

/** The new guest's id. */
export async function addProgram(
  guests: GuestsService, title: string, image: Uint8Array, cpus = 2,
): Promise<string> {
  const kernel = { name: "program.elf", bytes: image };
  const added = await guests.add({ title, kernel, commandLine: "", memoryBytes: 16 << 20, cpus });
  if (!added.ok) throw new Error(added.error);
  return added.value.id;
}
