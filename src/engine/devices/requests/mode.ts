/**
 * Where a vCPU is, as other threads see it: `vcpu->mode`
 * (kernel Documentation/virt/kvm/vcpu-requests.rst, "VCPU Modes").
 *
 * Invariant: a thread other than the vCPU's own makes only the step from IN to EXITING.
 */
export const vcpuMode = {
  OUTSIDE_GUEST_MODE: 0,
  /** Interrupts are off until the guest is entered. */
  IN_GUEST_MODE: 1,
  /** Somebody wants the vCPU out; an IPI is on its way or not needed. */
  EXITING_GUEST_MODE: 2,
  /** Page tables are read without a lock, interrupts off (x86 with shadow paging). */
  READING_SHADOW_PAGE_TABLES: 3,
} as const;
export type VcpuMode = (typeof vcpuMode)[keyof typeof vcpuMode];
