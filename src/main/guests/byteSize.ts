/** Sizes as people write them: `512M`, `1G`, `65536`. */
import { ok, refuse, type Result } from "../../engine/base/result.ts";

const factors: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes for `512M`, `512 MiB`, `0.5G` or plain digits. */
export function parseByteSize(text: string): Result<number, string> {
  const match = /^\s*(\d{1,15}(?:\.\d{1,3})?)\s*([KMG]?)(?:i?B)?\s*$/i.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * factors[match[2]!.toUpperCase()]!;
  if (Number.isSafeInteger(bytes)) return ok(bytes);
  return refuse(`"${text}" is no size; write bytes, or a number with K, M or G, such as 512M.`);
}
