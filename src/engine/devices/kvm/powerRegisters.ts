/**
 * Registers of a POWER vCPU that interrupts are kept in (KVM_GET_ONE_REG, KVM_SET_ONE_REG): VP state of the
 * XIVE, ICP state of XICS, and the doorbell's DPDES. In the VMM's memory they are little-endian.
 */
import { errno } from "../../api/errno.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import { KVM_REG_PPC_DPDES, KVM_REG_PPC_ICP_STATE, KVM_REG_PPC_VP_STATE } from "../../uapi/xive.ts";
import type { ConnectedVcpu } from "../xive/kvmXive.ts";
import { setVpState, vpState } from "../xive/vcpuContext.ts";
import { icpState, setIcpState } from "../xics/icpState.ts";
import type { Xics } from "../xics/xics.ts";
import type { Doorbell } from "./doorbell.ts";
import { XiveNative } from "./xiveNative.ts";

export interface RegisterOwner {
  readonly doorbell: Doorbell;
  readonly connection: { readonly device: XiveNative | Xics; readonly vcpu: ConnectedVcpu } | undefined;
}
export type Direction = "get" | "set";

/** 0 or a negative errno: -EINVAL for another register, -ENXIO for a vCPU with no controller. */
export function oneRegister(
  { doorbell, connection }: RegisterOwner, user: UserMemory, id: bigint, address: bigint,
  direction: Direction,
): number {
  if (id === KVM_REG_PPC_DPDES)
    return u64Register(user, address, direction, () => doorbell.dpdes, (value) => {
      doorbell.dpdes = value;
      return 0;
    });
  if (id !== KVM_REG_PPC_ICP_STATE && id !== KVM_REG_PPC_VP_STATE) return errno.EINVAL;
  if (!connection) return errno.ENXIO;
  const { device, vcpu } = connection;
  if (id === KVM_REG_PPC_ICP_STATE)
    return u64Register(
      user, address, direction, () => icpState(vcpu), (value) => setIcpState(device, vcpu, value));
  if (!(device instanceof XiveNative)) return errno.EPERM;
  if (direction === "set") {
    const bytes = user.read(address, 16);
    return bytes ? setVpState(device, vcpu, bytes) : errno.EFAULT;
  }
  const state = vpState(device, vcpu);
  if (!state.ok) return state.error;
  return user.write(address, state.value) ? 0 : errno.EFAULT;
}

function u64Register(
  user: UserMemory, address: bigint, direction: Direction, get: () => bigint, set: (value: bigint) => number,
): number {
  if (direction === "set") {
    const bytes = user.read(address, 8);
    return bytes ? set(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : errno.EFAULT;
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, get(), true);
  return user.write(address, bytes) ? 0 : errno.EFAULT;
}
