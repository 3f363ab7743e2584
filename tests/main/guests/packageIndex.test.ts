import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { guestSources, readAptSources } from "../../../src/main/guests/aptSources.ts";
import { compareDebVersions } from "../../../src/main/guests/debVersion.ts";
import {
  chooseGuestPackages,
  isGuestPackage,
  readPackageIndex,
} from "../../../src/main/guests/packageIndex.ts";
import { kernelDeb, makeIndex, poolPaths } from "./debianArchive.ts";

describe("Debian versions", () => {
  // deb-version(7), and the pairs that real kernels and busybox have had.
  const ascending = [
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0a",
    "0+",
    "1.0~rc1-1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1.1",
    "1.0-2",
    "1.0-10",
    "1.0a-1",
    "1.0+dfsg-1",
    "1.1",
    "6.1.27-1",
    "6.1.147-1",
    "6.1.176-1",
    "6.12.1-1",
    "1:0.9",
    "1:1.35.0-4",
    "1:1.35.0-4+b1",
    "1:1.35.0-4+deb12u1",
    "1:1.35.0-4+deb12u1+b1",
    "2:0",
  ];

  it("are in the order the manual gives, for every pair", () => {
    ascending.forEach((a, i) =>
      ascending.forEach((b, j) =>
        expect(Math.sign(compareDebVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j)),
      ),
    );
  });

  it("are in one total order, whatever they are made of", () => {
    const prng = new Prng(4);
    const random = (): string =>
      Array.from({ length: prng.below(6) }, () => prng.pick([..."01a~+.-"])).join("");
    for (let i = 0; i < 3000; i++) {
      const [a, b, c] = [random(), random(), random()];
      expect(Math.sign(compareDebVersions(a, b)) + Math.sign(compareDebVersions(b, a)), `${a} ${b}`).toBe(0);
      if (compareDebVersions(a, b) <= 0 && compareDebVersions(b, c) <= 0)
        expect(compareDebVersions(a, c), `${a} ${b} ${c}`).toBeLessThanOrEqual(0);
    }
  });
});

describe("a package index", () => {
  const records = readPackageIndex(makeIndex(), isGuestPackage);

  it("leads from the newest meta package to exactly the kernel it depends on", () => {
    const chosen = chooseGuestPackages(records);
    expect(chosen.ok && chosen.value.kernel).toMatchObject({
      name: "linux-image-6.1.0-50-s390x",
      version: "6.1.176-1",
      path: poolPaths.kernel,
      bytes: kernelDeb.length,
    });
    expect(chosen.ok && chosen.value.busybox.path).toBe(poolPaths.busybox);
  });

  it("that lacks any one of the three is refused with a sentence", () => {
    for (const name of ["linux-image-s390x", "linux-image-6.1.0-50-s390x", "busybox-static"]) {
      const chosen = chooseGuestPackages(records.filter((record) => record.name !== name));
      expect(!chosen.ok && chosen.error, name).toMatch(/ no .*\./);
    }
  });

  it.each([
    ["Filename", "../../etc/passwd"],
    ["Filename", "/etc/passwd"],
    ["Filename", "http://host/x"],
    ["Filename", "pool/a b"],
    ["Size", "-1"],
    ["Size", "1e9"],
    ["SHA256", "abc"],
    ["Version", ""],
  ])("passes over a stanza with %s %j", (field, value) => {
    const index = makeIndex().replace(new RegExp(`^${field}: .*$`, "gm"), `${field}: ${value}`);
    expect(readPackageIndex(index, isGuestPackage)).toEqual([]);
  });
});

describe("apt sources", () => {
  const oneLine = [
    "# deb http://commented/debian bookworm main",
    "deb [arch=amd64 signed-by=/keys/debian.gpg trusted=yes] http://one/debian bookworm main contrib # why",
    "deb-src http://one/debian bookworm main",
    "deb http://one/security bookworm-security main",
    "deb [arch=amd64] http://third/party stable-thing main",
    "deb http://docker/linux bookworm stable",
  ].join("\n");
  const deb822 = [
    "# a comment",
    "Types: deb deb-src",
    "URIs: http://two/debian http://three/debian",
    "Suites: trixie trixie-updates trixie-backports",
    "Components: main non-free",
    "Trusted: yes",
    "Signed-By:",
    " -----BEGIN PGP PUBLIC KEY BLOCK-----",
    " .",
    " abc",
    "",
    "Types: deb",
    "Enabled: no",
    "URIs: http://off/debian",
    "Suites: bookworm",
    "Components: main",
    "",
    "Types: deb-src",
    "URIs: http://source/debian",
    "Suites: bookworm",
    "Components: main",
    "",
  ].join("\n");
  const text = guestSources(
    readAptSources([
      { name: "sources.list", text: oneLine },
      { name: "debian.sources", text: deb822 },
    ]),
    "bookworm",
  );

  it("keep only Debian archives, asked for main and s390x of the one release", () => {
    expect([...text.matchAll(/^URIs: (.*)$/gm)].map(([, uris]) => uris)).toEqual([
      "http://one/debian",
      "http://one/security",
      "http://two/debian http://three/debian",
    ]);
    expect([...text.matchAll(/^Suites: (.*)$/gm)].map(([, suites]) => suites)).toEqual([
      "bookworm",
      "bookworm-security",
      "bookworm bookworm-updates",
    ]);
    expect(text.match(/^Architectures: s390x$/gm)).toHaveLength(3);
    expect(text.match(/^Components: main$/gm)).toHaveLength(3);
  });

  it("keep the host's choice of keys, and nothing that switches checks off", () => {
    expect(text).toContain("Signed-By: /keys/debian.gpg\n");
    expect(text).toContain("-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n");
    expect(text).not.toMatch(/trusted/i);
  });

  it("read the same in both forms", () => {
    const [one] = readAptSources([
      { name: "a.list", text: "deb [signed-by=/k.gpg] http://h/debian bookworm main" },
    ]);
    const [other] = readAptSources([
      {
        name: "a.sources",
        text: "Types: deb\nURIs: http://h/debian\nSuites: bookworm\nComponents: main\nSigned-By: /k.gpg\n",
      },
    ]);
    expect(one).toEqual(other);
  });

  it("of no Debian archive give nothing", () => {
    expect(
      guestSources(readAptSources([{ name: "s.list", text: "deb http://u/ubuntu noble main" }]), "bookworm"),
    ).toBe("");
  });
});
