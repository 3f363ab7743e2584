/**
 * Orders Debian package versions. Source: deb-version(7).
 * Invariant: a total order; compare(a, b) = -compare(b, a).
 */

/** Negative if `a` is older than `b`, positive if newer, 0 if the two are equal. */
export function compareDebVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const epoch = /^(\d+):/.exec(version);
  const rest = epoch === null ? version : version.slice(epoch[0].length);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: epoch === null ? 0 : Number(epoch[1]),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "0" : rest.slice(dash + 1),
  };
}

/** Alternates between runs of non-digits, ordered by `rank`, and runs of digits, ordered as numbers. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while (isText(a, i) || isText(b, j)) {
      const difference = (isText(a, i) ? rank(a, i) : 0) - (isText(b, j) ? rank(b, j) : 0);
      if (difference !== 0) return difference;
      if (isText(a, i)) i++;
      if (isText(b, j)) j++;
    }
    const left = /^\d*/.exec(a.slice(i))![0];
    const right = /^\d*/.exec(b.slice(j))![0];
    const difference = BigInt(left || "0") - BigInt(right || "0");
    if (difference !== 0n) return difference < 0n ? -1 : 1;
    i += left.length;
    j += right.length;
  }
  return 0;
}

const isText = (text: string, at: number): boolean => at < text.length && !/\d/.test(text[at]!);

/** A tilde sorts before the end of the part, letters before all other characters. */
function rank(text: string, at: number): number {
  const character = text[at]!;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
