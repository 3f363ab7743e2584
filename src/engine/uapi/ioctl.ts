/**
 * KVM ioctl request numbers as an s390x process issues them (include/uapi/linux/kvm.h, generic _IOC
 * encoding).
 */
export const ioctl = {
  KVM_CHECK_EXTENSION: 0xae03,
  KVM_GET_DIRTY_LOG: 0x4010ae42,
  KVM_SET_USER_MEMORY_REGION: 0x4020ae46,
  KVM_CREATE_IRQCHIP: 0xae60,
  KVM_SET_GSI_ROUTING: 0x4008ae6a,
  KVM_IRQFD: 0x4020ae76,
  KVM_S390_INTERRUPT: 0x4010ae94,
  KVM_ENABLE_CAP: 0x4068aea3,
  KVM_S390_IRQ: 0x4048aeb4,
  KVM_S390_GET_CMMA_BITS: 0xc020aeb8,
  KVM_S390_SET_IRQ_STATE: 0x4020aeb5,
  KVM_S390_GET_IRQ_STATE: 0x4020aeb6,
  KVM_CREATE_DEVICE: 0xc00caee0,
  KVM_SET_DEVICE_ATTR: 0x4018aee1,
  KVM_GET_DEVICE_ATTR: 0x4018aee2,
  KVM_HAS_DEVICE_ATTR: 0x4018aee3,
} as const;
