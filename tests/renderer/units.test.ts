import { describe, expect, it } from "vitest";
import { byteSize, cpuCount, grouped, speed, virtualTime } from "../../src/renderer/ui/units.ts";

const plain = (text: string): string => text.replaceAll("\u2009", "_");

describe("figures", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1_000"],
    [3_004_100_742, "3_004_100_742"],
    [12.9, "12"],
  ])("group %d as %s", (count, text) => expect(plain(grouped(count))).toBe(text));

  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1 KiB"],
    [512 * 2 ** 20, "512 MiB"],
    [5_066_752, "4.8 MiB"],
    [4 * 2 ** 30, "4 GiB"],
    [2 ** 42, "4096 GiB"],
  ])("size %d bytes as %s", (bytes, text) => expect(byteSize(bytes)).toBe(text));

  it.each([
    [0, "0.000_000 s"],
    [12.0045124, "12.004_512 s"],
    [3600.9999999, "3_601.000_000 s"],
  ])("time %d s as %s", (seconds, text) => expect(plain(virtualTime(seconds))).toBe(text));

  it.each([
    [0.04, "0.0 MIPS"],
    [9.96, "10.0 MIPS"],
    [412.6, "413 MIPS"],
    [1912, "1.91 GIPS"],
  ])("speed %d as %s", (mips, text) => expect(speed(mips)).toBe(text));

  it("count vCPUs in words", () => expect([1, 4].map(cpuCount)).toEqual(["1 vCPU", "4 vCPUs"]));
});
