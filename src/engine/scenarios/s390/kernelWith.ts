/** A kernel's profile with exactly the given quirks, for worlds that turn one defect on. */
import {
  kernelProfiles, noKernelQuirks, type KernelProfile, type KernelProfileName, type KernelQuirks,
} from "../../uapi/kernelProfile.ts";

export const kernelWith = (
  quirks: Partial<KernelQuirks> = {}, name: KernelProfileName = "linux-6.1",
): KernelProfile => ({ ...kernelProfiles[name], quirks: { ...noKernelQuirks, ...quirks } });
