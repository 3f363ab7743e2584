/**
 * The API's declarations as one text without modules, for an editor: everything is there by name, as it is
 * when a script runs. The files of `resources/scripts/api/` are the contract that the sandbox carries out.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** `folder` holds the declarations. */
export async function apiText(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".d.ts")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.map(withoutModule).join("\n");
}

const withoutModule = (text: string): string =>
  text.replace(/^import [^;]*;\n/gm, "").replace(/^export /gm, "").trimStart();
