import { describe, expect, it } from "vitest";
import { limits } from "../../../src/main/contract.ts";
import { Uploads } from "../../../src/main/services/uploads.ts";

describe("an upload", () => {
  it("is whole only when every byte has come, in order, and no byte more", () => {
    const uploads = new Uploads();
    const begun = uploads.begin("kernel", 5);
    if (!begun.ok) throw new Error(begun.error);
    const { id } = begun.value;
    expect(uploads.write(id, 0, Uint8Array.of(1, 2)).ok).toBe(true);
    expect(uploads.finished(id)).toMatchObject({ ok: false });
    for (const [offset, bytes] of [
      [0, [9]],
      [3, [9]],
      [2, [9, 9, 9, 9]],
    ] as const)
      expect(uploads.write(id, offset, Uint8Array.from(bytes)).ok, `${offset}`).toBe(false);
    expect(uploads.write(id, 2, Uint8Array.of(3, 4, 5)).ok).toBe(true);
    expect(uploads.finished(id)).toEqual({
      ok: true,
      value: { name: "kernel", bytes: Uint8Array.of(1, 2, 3, 4, 5) },
    });
    uploads.drop(id);
    expect(uploads.finished(id).ok).toBe(false);
  });

  it("is refused when empty, or when all open ones promise more than is allowed", () => {
    const uploads = new Uploads();
    expect(uploads.begin("nothing", 0).ok).toBe(false);
    expect(uploads.begin("huge", limits.uploadBytesMax + 1).ok).toBe(false);
    expect(uploads.begin("most", limits.uploadBytesMax).ok).toBe(true);
    expect(uploads.begin("one more", 1).ok).toBe(false);
  });
});
