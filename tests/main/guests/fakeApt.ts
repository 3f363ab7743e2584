/** An apt for tests: two shell scripts over a folder of files, which write down how they were called. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AptHost } from "../../../src/main/guests/aptSource.ts";
import { busyboxDeb, kernelDeb, makeIndex } from "./debianArchive.ts";

export interface FakeApt extends AptHost {
  /** One line for each call: the program and its last arguments. */
  readonly log: string;
  /** What `update` leaves as the package list. */
  readonly index: string;
  /** The packages that `download-file` copies, by name. */
  readonly pool: string;
}

/** `update` and `download` are shell text put before what the scripts do by themselves. */
export function makeFakeApt(folder: string, before: { update?: string; download?: string } = {}): FakeApt {
  const apt: FakeApt = {
    aptGet: join(folder, "apt-get"),
    aptHelper: join(folder, "apt-helper"),
    sourcesFolder: join(folder, "etc"),
    log: join(folder, "log"),
    index: join(folder, "index"),
    pool: join(folder, "pool"),
  };
  mkdirSync(apt.sourcesFolder);
  mkdirSync(apt.pool);
  writeFileSync(join(apt.sourcesFolder, "sources.list"), "deb http://host/debian bookworm main\n");
  writeFileSync(apt.index, makeIndex());
  writeFileSync(join(apt.pool, "linux-image-6.1.0-50-s390x"), kernelDeb);
  writeFileSync(join(apt.pool, "busybox-static"), busyboxDeb);
  script(apt.aptGet, [
    `echo "apt-get $*" >> ${apt.log}`,
    "for word; do case $word in Dir::State::Lists=*) lists=${word#*=} ;; esac; last=$word; done",
    `if [ "$last" = update ]; then`,
    before.update ?? ":",
    `cp ${apt.index} $lists/host_Packages`,
    "else",
    "name=${last%%:*}",
    `echo "'fake:$name' $name.deb 1 SHA256:x"`,
    "fi",
  ]);
  script(apt.aptHelper, [
    `echo "apt-helper $*" >> ${apt.log}`,
    'while [ "$1" != download-file ]; do shift; done',
    before.download ?? ":",
    `cp ${apt.pool}/\${2#fake:} "$3"`,
  ]);
  return apt;
}

function script(path: string, lines: readonly string[]): void {
  writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
}
