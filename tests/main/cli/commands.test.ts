import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, it } from "vitest";
import { contents } from "../guests/debianArchive.ts";
import { cli, testPlaces } from "./cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const places = testPlaces(join(folder, "data"));
const kernel = join(folder, "vmlinuz");
writeFileSync(kernel, contents.kernel);

it("a guest that was added is listed, runs, and is gone after remove", async () => {
  const added = await cli(
    ["guests", "add", "My kernel", "--kernel", kernel, "--append", "config", "--memory", "64M"],
    { places },
  );
  expect(added).toEqual({ code: 0, stdout: "user-my-kernel\n", stderr: "" });
  expect((await cli(["guests", "list"], { places })).stdout).toMatch(
    /^user-my-kernel +ready +64.0 MiB +1 +My kernel$/m,
  );
  const listed = JSON.parse((await cli(["guests", "list", "--json"], { places })).stdout);
  expect(listed.find((guest: { id: string }) => guest.id === "user-my-kernel")).toMatchObject({
    ready: true,
    kind: "user",
  });
  // The guest's own command line comes first, then what the flag adds; other flags win over the guest.
  const ran = await cli(["run", "user-my-kernel", "--append", "off", "--cpus", "3"], { places });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('"commandLine":"config off"');
  expect(ran.stdout).toContain('"cpus":3');
  expect((await cli(["guests", "remove", "user-my-kernel"], { places })).code).toBe(0);
  expect((await cli(["guests", "remove", "user-my-kernel"], { places })).code).toBe(1);
  expect((await cli(["run", "user-my-kernel"], { places })).code).toBe(2);
});

it("what is no kernel is not added", async () => {
  const outcome = await cli(["guests", "add", "x", "--kernel", join(folder, "absent")], { places });
  expect(outcome).toMatchObject({ code: 2, stdout: "" });
  writeFileSync(join(folder, "noise"), "noise");
  expect(await cli(["guests", "add", "x", "--kernel", join(folder, "noise")], { places })).toMatchObject({
    code: 2,
    stdout: "",
  });
});

it("a fetch that cannot be is refused with a sentence", async () => {
  expect(await cli(["guests", "fetch", "nobody"], { places })).toMatchObject({ code: 1, stdout: "" });
  const outcome = await cli(["guests", "fetch", "debian-12-s390x", "--mirror", "ftp://x"], { places });
  expect(outcome.stderr).toContain("no http or https address");
  expect(outcome.code).toBe(1);
});

it("a source is assembled into what disasm shows again, and errors name their places", async () => {
  const source = join(folder, "tiny.s");
  const image = join(folder, "tiny.elf");
  writeFileSync(source, "_start: lhi %r2,1\n j _start\n");
  expect(await cli(["asm", source, "-o", image], { places })).toMatchObject({ code: 0, stderr: "" });
  const code = (await cli(["disasm", image], { places })).stdout;
  expect(code).toMatch(/a7280001 +lhi +%r2,1\n/);
  writeFileSync(source, "_start: nonsense %r2\n");
  const refused = await cli(["asm", source, "-o", join(folder, "none")], { places });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("tiny.s:1:");
});

it("what cannot be written, shown or listened on ends a command with a sentence", async () => {
  const source = join(folder, "tiny.s");
  writeFileSync(source, "_start: j _start\n");
  const unwritable = await cli(["asm", source, "-o", join(folder, "absent", "out")], { places });
  expect(unwritable).toMatchObject({ code: 1, stdout: "" });
  expect(unwritable.stderr).toContain("could not be written: ENOENT");
  const beyond = await cli(["disasm", source, "--offset", "0x1000"], { places });
  expect(beyond).toMatchObject({ code: 2, stdout: "" });
  expect(beyond.stderr).toContain("17 bytes, and none at 4096");
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const served = await cli(["serve", "--port", String(port)], { places });
  taken.close();
  expect(served).toMatchObject({ code: 1, stdout: "" });
  expect(served.stderr).toContain("EADDRINUSE");
});

it.each([
  [["--nonsense"]],
  [["nonsense"]],
  [["guests", "nonsense"]],
  [["guests", "add"]],
  [["serve", "--port", "70000"]],
  [["asm", "x.s"]],
])("bad usage ends with 2: %j", async (args) => {
  const outcome = await cli(args, { places });
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).not.toBe("");
});

it("help and version end with 0", async () => {
  const help = await cli(["--help"], { places });
  expect(help.code).toBe(0);
  for (const name of ["doctor", "guests", "run", "asm", "disasm", "bench", "serve"])
    expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  expect(await cli(["--version"], { places })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

it("the doctor finds the engine and the folder, and says what is broken where they are not", async () => {
  const well = await cli(["doctor"], { places });
  expect(well.code, well.stdout).toBe(0);
  const ill = await cli(["doctor"], {
    places: {
      ...places,
      engineWorker: new URL("file:///nonexistent.js"),
      dataDir: join(kernel, "below-a-file"),
    },
  });
  expect(ill.code).toBe(1);
  expect(ill.stdout.match(/^broken/gm)).toHaveLength(2);
});

it("ends without a word when nobody reads what it prints any more", async () => {
  const child = spawn(process.execPath, [join(places.root, "src/main/cli/main.ts"), "scenarios", "list"]);
  child.stdout.destroy();
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ complaints, code }).toEqual({ complaints: "", code: 128 + 13 });
});
