/**
 * Checks a Debian InRelease file and reads it. Sources: the Debian repository format; OpenPGP cleartext
 * signatures (RFC 9580, chapter 7).
 * Invariant: only text that a key of the keyring has signed is read.
 */
import type { PublicKey } from "openpgp";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { FileDigest } from "./fileHash.ts";

export interface Release {
  readonly codename: string;
  /** The index files by path below the suite's folder. */
  readonly files: ReadonlyMap<string, FileDigest>;
  readonly hasByHash: boolean;
}

/** `keyring` holds OpenPGP certificates, binary or armoured. `now` decides whether a release has run out. */
export async function readSignedRelease(
  inRelease: string,
  keyring: Uint8Array,
  now: Date,
): Promise<Result<Release, string>> {
  const keys = await readKeyring(keyring);
  if (!keys.ok) return keys;
  try {
    const { readCleartextMessage, verify } = await loadOpenPgp();
    const message = await readCleartextMessage({ cleartextMessage: inRelease });
    const { signatures } = await verify({ message, verificationKeys: keys.value, date: now });
    const verdicts = await Promise.allSettled(signatures.map(({ verified }) => verified));
    if (!verdicts.some(({ status }) => status === "fulfilled")) {
      const reasons = verdicts.map((verdict) =>
        verdict.status === "rejected" ? describe(verdict.reason) : "",
      );
      return refuse(
        `No signature of the release file is valid under the given keyring (${reasons.join("; ")}); ` +
          "nothing was used.",
      );
    }
    return readRelease(message.getText(), now);
  } catch (error) {
    return refuse(
      `The release file carries no readable OpenPGP signature (${describe(error)}); nothing was used.`,
    );
  }
}

async function readKeyring(keyring: Uint8Array): Promise<Result<PublicKey[], string>> {
  const text = new TextDecoder("latin1").decode(keyring.subarray(0, 64));
  try {
    const { readKeys } = await loadOpenPgp();
    const keys = text.includes("-----BEGIN PGP")
      ? await readKeys({ armoredKeys: new TextDecoder().decode(keyring) })
      : await readKeys({ binaryKeys: keyring });
    return ok(keys.map((key) => key.toPublic()));
  } catch (error) {
    return refuse(`The keyring holds no readable OpenPGP keys (${describe(error)}); name another one.`);
  }
}

function readRelease(text: string, now: Date): Result<Release, string> {
  const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const validUntil = field("Valid-Until");
  if (validUntil !== "" && !(Date.parse(validUntil) >= now.getTime()))
    return refuse(
      `The release file was valid until ${validUntil} only; the mirror is out of date, so name another one.`,
    );
  const sums = /^SHA256: *\n((?: .*\n?)+)/m.exec(text.replaceAll("\r\n", "\n"))?.[1] ?? "";
  const files = new Map<string, FileDigest>();
  for (const line of sums.split("\n")) {
    const match = /^ ([0-9a-f]{64}) +(\d{1,12}) (\S+)$/.exec(line);
    if (match !== null) files.set(match[3]!, { sha256: match[1]!, bytes: Number(match[2]) });
  }
  return ok({ codename: field("Codename"), files, hasByHash: field("Acquire-By-Hash") === "yes" });
}

/** Loaded on first use: it is large, and most starts need none of it. */
const loadOpenPgp = async () => import("openpgp");

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
