/**
 * KVM's errno values as the ioctls return them: negative numbers, Linux generic numbering
 * (asm-generic/errno*.h).
 */
export const errno = {
  EPERM: -1,
  ENOENT: -2,
  EINTR: -4,
  EIO: -5,
  ENXIO: -6,
  E2BIG: -7,
  ENOEXEC: -8,
  EBADF: -9,
  EAGAIN: -11,
  ENOMEM: -12,
  EACCES: -13,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  ENODEV: -19,
  EINVAL: -22,
  EMFILE: -24,
  ENOTTY: -25,
  ENOSPC: -28,
  ERANGE: -34,
  ENOSYS: -38,
  EOPNOTSUPP: -95,
  EADDRINUSE: -98,
  EADDRNOTAVAIL: -99,
  ENOBUFS: -105,
} as const;
export type ErrnoName = keyof typeof errno;
export type Errno = (typeof errno)[ErrnoName];

/** "-EINVAL" for -22; the number itself where it has no name here. */
export function errnoName(value: number): string {
  for (const [name, number] of Object.entries(errno)) if (number === value) return `-${name}`;
  return String(value);
}
