import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listProgress } from "../../../src/main/guests/aptLists.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

it("counts release files and indices against what the release files promise", async () => {
  const lists = temporaryFolder();
  expect(await listProgress(join(lists, "none"))).toEqual({ doneBytes: 0, totalBytes: 0 });
  const partial = join(lists, "partial");
  mkdirSync(partial);
  expect(await listProgress(lists)).toEqual({ doneBytes: 0, totalBytes: 0 });
  const sum = (hash: string): string => ` ${hash} 5000 main/binary-s390x/Packages.xz`;
  const other = ` ${"c".repeat(64)} 7 main/x`;
  const release = ["MD5Sum:", sum("a".repeat(32)), "SHA256:", other, sum("b".repeat(64)), ""].join("\n");
  writeFileSync(join(partial, "host_dists_bookworm_InRelease"), release);
  const all = release.length + 5000;
  expect(await listProgress(lists)).toEqual({ doneBytes: release.length, totalBytes: all });
  const index = "host_dists_bookworm_main_binary-s390x_Packages";
  writeFileSync(join(partial, `${index}.xz`), Buffer.alloc(1234));
  writeFileSync(join(partial, `${index}.aBcDeF`), Buffer.alloc(99_999));
  expect(await listProgress(lists)).toEqual({ doneBytes: release.length + 1234, totalBytes: all });
  renameSync(join(partial, "host_dists_bookworm_InRelease"), join(lists, "host_dists_bookworm_InRelease"));
  writeFileSync(join(lists, index), Buffer.alloc(60_000));
  expect(await listProgress(lists)).toEqual({ doneBytes: all, totalBytes: all });
});

it("shows no more than it knows of a release file that says nothing", async () => {
  const lists = temporaryFolder();
  writeFileSync(join(lists, "host_InRelease"), "nothing here");
  expect(await listProgress(lists)).toEqual({ doneBytes: 12, totalBytes: 12 });
});
