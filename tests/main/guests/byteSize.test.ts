import { expect, it } from "vitest";
import { parseByteSize } from "../../../src/main/guests/byteSize.ts";

const mib = 2 ** 20;

it("sizes are read as people write them", () => {
  const cases: [string, number | undefined][] = [
    ["512M", 512 * mib],
    ["1g", 1024 * mib],
    ["0.5G", 512 * mib],
    ["64 MiB", 64 * mib],
    ["4096", 4096],
    ["16KB", 16384],
    ["", undefined],
    ["M", undefined],
    ["-1M", undefined],
    ["1T", undefined],
    ["1e3", undefined],
    ["0x10", undefined],
    ["99999999999999999M", undefined],
  ];
  for (const [text, bytes] of cases) {
    const size = parseByteSize(text);
    expect(size.ok ? size.value : undefined, text).toBe(bytes);
  }
});
