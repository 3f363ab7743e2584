/**
 * Where the command line finds the machines of a running `serve`: one small file in the data folder, which
 * only its owner may read, because whoever has the token is the user. The last server that started is named;
 * it takes the file away when it ends.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

const address = v.strictObject({
  origin: v.pipe(v.string(), v.regex(/^http:\/\/(\[[0-9a-f:.]+\]|[0-9.]+):[0-9]{1,5}$/)),
  token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
});
export type ServedAddress = v.InferOutput<typeof address>;

const OWNER_ONLY = 0o600;
const pathIn = (dataDir: string): string => join(dataDir, "serve.json");
const NONE = "No `latchwork serve` runs here, so there is no machine to reach. Start it first.";

/** Of the address that a server prints: its token is the fragment. Undefined for any other text. */
export function addressOfUrl(url: string): ServedAddress | undefined {
  const [origin = "", token = ""] = url.split("/#token=", 2);
  const parsed = v.safeParse(address, { origin, token });
  return parsed.success ? parsed.output : undefined;
}

/** Says where this server is; the answer takes it back. */
export async function announce(
  dataDir: string,
  { origin, token }: ServedAddress,
): Promise<() => Promise<void>> {
  const path = pathIn(dataDir);
  await mkdir(dataDir, { recursive: true });
  const own = `${path}.${process.pid}`;
  await rm(own, { force: true });
  await writeFile(own, JSON.stringify({ origin, token }), { mode: OWNER_ONLY, flag: "wx" });
  await rename(own, path);
  return async () => {
    const now = await findServed(dataDir);
    if (now.ok && now.value.token === token) await rm(path, { force: true });
  };
}

/** The server that runs on this data folder; refuses a file that others could have read or written. */
export async function findServed(dataDir: string): Promise<Result<ServedAddress, string>> {
  const path = pathIn(dataDir);
  try {
    const { mode, uid } = await stat(path);
    if ((mode & 0o077) !== 0 || (process.getuid && uid !== process.getuid()))
      return refuse(`${path} may be read by others. Remove it and start \`latchwork serve\` again.`);
    const parsed = v.safeParse(address, JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? ok(parsed.output) : refuse(`${path} is damaged. ${NONE}`);
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    return refuse(isAbsent ? NONE : `${path} cannot be read. ${NONE}`);
  }
}
