/** A bare-metal program among the guests of a workbench, as a person adds one. */
import { join } from "node:path";
import { GuestsService } from "../../src/main/services/guests.ts";
import { root } from "./builtApp.ts";

/** The service over a data folder that has the guest, and the guest's id. */
export async function withGuest(
  dataDir: string,
  title: string,
  image: Uint8Array,
  cpus = 2,
): Promise<{ guests: GuestsService; id: string }> {
  const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
  const kernel = { name: "program.elf", bytes: image };
  const added = await guests.add({ title, kernel, commandLine: "", memoryBytes: 16 << 20, cpus });
  if (!added.ok) throw new Error(added.error);
  return { guests, id: added.value.id };
}
