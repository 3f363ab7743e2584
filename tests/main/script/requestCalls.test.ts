/** vCPU requests as scripts make them. */
import { expect, it } from "vitest";
import { runScript } from "../../kit/runScript.ts";

it("refuses to check a request that sets no bit, and takes no other one's", async () => {
  const { out, end } = await runScript(`
    for (const architecture of ["s390", "arm64", "powerpc"]) {
      const vcpus = kvm.requests(1, "v6.1", architecture);
      const bits = Object.entries(vcpus.names()).filter(([, { hasBit }]) => hasBit).map(([name]) => name);
      for (const name of bits) vcpus.make(name);
      let sentence = "";
      try { vcpus.check(0, "OUTSIDE_GUEST_MODE"); } catch (error) { sentence = error.message; }
      assert(vcpus.state()[0].requests.length === bits.length, architecture);
      console.log(sentence);
      for (const name of bits) assert(vcpus.check(0, name) && !vcpus.check(0, name), name);
    }`);
  expect(end).toEqual({ kind: "done" });
  expect(out.trim().split("\n"))
    .toEqual(new Array(3).fill(expect.stringContaining("OUTSIDE_GUEST_MODE sets no bit")));
});
