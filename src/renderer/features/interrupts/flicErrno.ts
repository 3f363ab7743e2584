/**
 * Why the controller answers an errno, by attribute group: the conditions in the order in which they are
 * looked at. Derived from the source of Linux 6.1 (arch/s390/kvm/interrupt.c); the panel says so.
 */
import { flicGroups } from "./flicAttributes.ts";

const noFacility = "adapter-interruption suppression (facility 72) is not offered to this guest";
const unreadable = "the buffer could not be read";
const unknownAdapter = "the adapter's number is 64 or more, or none is registered under it";
const G = flicGroups;

const reasons: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  [G.GET_ALL_IRQS]: {
    "-EINVAL": "the length is 0 or more than 0x2000000",
    "-ENOBUFS": "there is no memory for a buffer of that length",
    "-ENOMEM": "more is pending than fits the buffer; GISA bits that were read meanwhile are lost",
    "-EFAULT": "the buffer could not be written",
  },
  [G.ENQUEUE]: {
    "-EINVAL":
      "the length is no multiple of 72 or too large, or the type does not float: " +
      "I/O, adapter, service, virtio, page-fault-done and machine-check interrupts do",
    "-EFAULT": "an interrupt could not be read",
    "-EBUSY": "the list is full: 266,250 I/O, 87,381 virtio, 16,320 page faults",
    "-ENOMEM": "there is no memory for another interrupt",
  },
  [G.ADAPTER_REGISTER]: {
    "-EFAULT": unreadable,
    "-EINVAL": "the adapter's number is 64 or more, or it is registered already",
    "-ENOMEM": "there is no memory for another adapter",
  },
  [G.ADAPTER_MODIFY]: {
    "-EFAULT": unreadable,
    "-EINVAL": `${unknownAdapter}; or it is not maskable; or there is no such request`,
  },
  [G.CLEAR_IO_IRQ]: {
    "-EINVAL": "flags are not 0, the length is not 4, or the subchannel identification is 0",
    "-EFAULT": unreadable,
  },
  [G.AISM]: {
    "-EOPNOTSUPP": noFacility,
    "-EFAULT": unreadable,
    "-EINVAL": "the ISC is above 7, or the mode is neither ALL (0) nor SINGLE (1)",
  },
  [G.AIRQ_INJECT]: {
    "-EINVAL": unknownAdapter,
    "-EBUSY": "266,250 I/O interrupts are listed already",
    "-ENOMEM": "there is no memory for another interrupt",
  },
  [G.AISM_ALL]: {
    "-EINVAL": "the buffer has less than 2 bytes",
    "-EOPNOTSUPP": noFacility,
    "-EFAULT": "the buffer could not be reached",
  },
};

/** Undefined where nothing is to be said: success, or an errno that the group does not know. */
export const whyErrno = (group: number, errno: string): string | undefined =>
  errno === "0" ? undefined : (reasons[group]?.[errno] ?? "the controller has no such attribute");
