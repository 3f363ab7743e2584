/** The names of Electron's IPC channels between preload and main. */
export const channels = {
  connect: "latchwork:connect",
  toHost: "latchwork:to-host",
  toPage: "latchwork:to-page",
  end: "latchwork:end",
} as const;
