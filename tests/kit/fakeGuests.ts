/** A guest catalogue in memory, with a Debian guest whose fetch the test moves on by hand. */
import type { MachineConfig } from "../../src/engine/api/machine.ts";
import type { FetchProgress, GuestSummary } from "../../src/engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../src/engine/base/result.ts";
import type { GuestSpec } from "../../src/main/services/guests.ts";
import type { Guests } from "../../src/main/services/workbench.ts";

const MIB = 2 ** 20;

export class FakeGuests implements Guests {
  readonly guests: GuestSummary[] = [
    {
      id: "hello",
      title: "Hello, console",
      kind: "builtin",
      description: "Prints a line and echoes what is typed. Starts in a blink.",
      ready: true,
      memoryBytes: 64 * MIB,
      cpus: 1,
    },
    {
      id: "ticker",
      title: "Clock comparator",
      kind: "builtin",
      description: "Takes a timer interruption every virtual millisecond and counts them.",
      ready: true,
      memoryBytes: 64 * MIB,
      cpus: 2,
    },
    {
      id: "debian-12-s390x",
      title: "Debian 12, s390x",
      kind: "debian",
      description: "Linux 6.1 with a BusyBox shell on the console, from Debian's own packages.",
      ready: false,
      memoryBytes: 512 * MIB,
      cpus: 1,
      missing: "The kernel and BusyBox are not on this machine yet: 41 MiB to fetch.",
    },
  ];
  readonly specs = new Map<string, GuestSpec>();
  /** Called by the test: sends progress, then finishes the fetch. */
  fetching: { progress(progress: FetchProgress): void; finish(error?: string): void } | undefined;

  async list(): Promise<GuestSummary[]> {
    return [...this.guests];
  }

  fetch(
    id: string,
    onProgress: (progress: FetchProgress) => void,
    signal: AbortSignal,
  ): Promise<Result<GuestSummary, string>> {
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(refuse("The fetch was cancelled.")));
      const finish = (error?: string): void => {
        if (error !== undefined) return resolve(refuse(error));
        const at = this.guests.findIndex((guest) => guest.id === id);
        const { missing: _missing, ...guest } = this.guests[at]!;
        this.guests[at] = { ...guest, ready: true };
        resolve(ok(this.guests[at]));
      };
      this.fetching = { progress: onProgress, finish };
    });
  }

  async add(spec: GuestSpec): Promise<Result<GuestSummary, string>> {
    if (spec.kernel.bytes[0] === 0x7f && spec.kernel.bytes[1] !== 0x45)
      return refuse(
        `"${spec.kernel.name}" is neither a raw s390x kernel nor an s390 ELF file. Choose another file.`,
      );
    const id = `user-${this.specs.size + 1}`;
    this.specs.set(id, spec);
    const guest: GuestSummary = {
      id,
      title: spec.title,
      kind: "user",
      description: spec.commandLine === "" ? "Added by you." : spec.commandLine,
      ready: true,
      memoryBytes: spec.memoryBytes,
      cpus: spec.cpus,
    };
    this.guests.push(guest);
    return ok(guest);
  }

  async remove(id: string): Promise<Result<void, string>> {
    const at = this.guests.findIndex((guest) => guest.id === id && guest.kind === "user");
    if (at < 0) return refuse("Only guests that you added can be removed.");
    this.guests.splice(at, 1);
    return ok(undefined);
  }

  async machineConfig(
    id: string,
    overrides?: Partial<MachineConfig>,
  ): Promise<Result<MachineConfig, string>> {
    const guest = this.guests.find((candidate) => candidate.id === id);
    if (!guest) return refuse(`There is no guest "${id}".`);
    const spec = this.specs.get(id);
    return ok({
      board: "s390-ccw",
      memoryBytes: guest.memoryBytes,
      cpus: guest.cpus,
      seed: 1,
      kernel: spec?.kernel.bytes ?? new Uint8Array(16),
      commandLine: spec?.commandLine ?? "console=ttysclp0",
      interpreterOnly: false,
      pace: "wall",
      trace: false,
      ...overrides,
    });
  }
}
