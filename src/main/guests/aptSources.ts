/**
 * Turns the host's own apt sources into sources for s390x packages of one Debian release.
 * Source: sources.list(5), both its one-line and its deb822 form.
 * Invariant: where packages come from and which keys may sign them is the host's choice; nothing that
 * switches signature checks off is copied.
 */

export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Key files or an embedded key block, as the host states it; empty for the host's default keys. */
  readonly signedBy: string;
}

/** One file below the host's apt folder; `name` decides the form. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

export function readAptSources(files: readonly SourceFile[]): AptSource[] {
  return files.flatMap(({ name, text }) =>
    name.endsWith(".sources") ? readDeb822(text) : readOneLine(text),
  );
}

/** `deb [option=value …] uri suite component …` */
function readOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri, suite, components] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? "";
    return [
      {
        uris: [uri!],
        suites: [suite!],
        components: words(components!),
        signedBy: signedBy.replaceAll(",", " "),
      },
    ];
  });
}

function readDeb822(text: string): AptSource[] {
  const body = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
  return body.split(/\n[ \t]*\n+/).flatMap((stanza) => {
    const field = (name: string): string =>
      new RegExp(`^${name}:[ \\t]*((?:.*)(?:\\n[ \\t]+.*)*)`, "im").exec(stanza)?.[1]?.trimEnd() ?? "";
    if (!words(field("Types")).includes("deb") || /^(no|false|0|off)$/i.test(field("Enabled").trim()))
      return [];
    const [uris, suites, components] = [
      words(field("URIs")),
      words(field("Suites")),
      words(field("Components")),
    ];
    return [{ uris, suites, components, signedBy: field("Signed-By") }];
  });
}

const codenames = "buster|bullseye|bookworm|trixie|forky|duke|sid";
const classes = "oldoldstable|oldstable|stable|testing|unstable";
const debianSuite = new RegExp(`^(?:${codenames}|${classes})(-updates|-security|/updates)?$`);

/**
 * The deb822 text that asks the same archives for s390x packages of `release` (a Debian codename).
 * Empty if no source looks like a Debian archive.
 */
export function guestSources(sources: readonly AptSource[], release: string): string {
  return sources
    .map((source) => {
      const suites = source.suites.flatMap((suite) => {
        const match = debianSuite.exec(suite);
        return match === null ? [] : [release + (match[1] === "/updates" ? "-security" : (match[1] ?? ""))];
      });
      return { ...source, suites: [...new Set(suites)] };
    })
    .filter(
      ({ uris, suites, components }) => uris.length > 0 && suites.length > 0 && components.includes("main"),
    )
    .map(({ uris, suites, signedBy }) =>
      [
        "Types: deb",
        `URIs: ${uris.join(" ")}`,
        `Suites: ${suites.join(" ")}`,
        "Components: main",
        "Architectures: s390x",
        ...(signedBy === "" ? [] : [`Signed-By: ${signedBy}`]),
        "",
      ].join("\n"),
    )
    .join("\n");
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
