/** Everyone who writes guest RAM, by name, with their bit in the dirty log. */
export const memoryWriters = {
  cpu: 0x0001,
  loader: 0x0002,
  sclp: 0x0004,
  css: 0x0008,
  virtio: 0x0010,
  "flic-indicator": 0x0020,
  interruption: 0x0040,
  diagnose: 0x0080,
  "cpu-helper": 0x0100,
  debugger: 0x0200,
  snapshot: 0x0400,
  ap: 0x0800,
  xive: 0x1000,
} as const;
export type MemoryWriter = keyof typeof memoryWriters;
