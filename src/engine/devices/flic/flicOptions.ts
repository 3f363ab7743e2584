/** What a machine decides about its floating interrupt controller when it builds one. */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import type { TimePort } from "../ports.ts";
import type { Gib } from "./gib.ts";
import type { AdapterPages } from "./indicators.ts";

export interface FlicOptions {
  readonly profile: KernelProfile;
  readonly memory: GuestMemory;
  readonly pages: AdapterPages;
  /** The host has AIV, so there is a GISA if the kernel uses one. Default true. */
  readonly aiv?: boolean;
  readonly gisaFormat?: 0 | 1;
  /** Address of the machine's GISA, a multiple of 32 from 4096 on; tells machines apart on a shared GIB. */
  readonly gisaAddress?: number;
  readonly gib?: Gib;
  readonly time?: TimePort;
  /** External calls go through the machine's SIGP area. Default false. */
  readonly sigpInterpretation?: boolean;
  /** The machine has a channel subsystem; without one TPI answers CC 3. Default true. */
  readonly channelSubsystem?: boolean;
}
