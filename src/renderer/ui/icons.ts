/** Strokes of the window's icons on a 16 × 16 grid. */
export const icons = {
  start: "M4.5 3v10l8-5z",
  pause: "M5 3v10M11 3v10",
  reset: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5",
  power: "M8 2v5.5M4.6 4.3a5 5 0 1 0 6.8 0",
  add: "M8 3v10M3 8h10",
  fetch: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13h10",
  close: "M4 4l8 8M12 4l-8 8",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
  up: "M3.5 10 8 5.5l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
  copy: "M6 5.5h7v8H6zM3.5 10.5H3v-8h7V3",
  paste: "M6 2.5h4v2H6zM6 3.5H3.5v10h9v-10H10M6 8h4M6 10.5h3",
  clear: "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.6 6.5v4.5M9.4 6.5v4.5",
  save: "M8 2.5v7M5 6.7l3 3 3-3M2.5 11v2.5h11V11",
  popOut: "M7 3H3v10h10V9M9.5 2.5h4v4M13.5 2.5 8 8",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  keys: "M2 4.5h12v7H2zM4.5 7h.01M7 7h.01M9.5 7h.01M12 7h.01M5 9.5h6",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11.3v.01",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
} as const;

export type IconName = keyof typeof icons;
