/** Scripts as files: the person's own in the data folder, and the examples that come with the program. */
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scriptLimits, scriptName, type ExampleScript, type ScriptShelf } from "../../engine/api/script.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { apiText } from "../script/apiText.ts";

export interface ScriptPlaces {
  /** `scripts` of the data folder; made when the first file is kept. */
  readonly folder: string;
  /** `resources/scripts`. */
  readonly examples: string;
}

export class ScriptFiles {
  private readonly places: ScriptPlaces | undefined;

  /** Without places there are no files, and none can be kept. */
  constructor(places?: ScriptPlaces) {
    this.places = places;
  }

  async shelf(): Promise<Result<ScriptShelf, string>> {
    if (!this.places) return ok({ types: "", examples: [], files: [] });
    try {
      const { examples } = this.places;
      return ok({
        types: await apiText(join(examples, "api")), examples: await scriptsIn(examples),
        files: await this.files(),
      });
    } catch (error) {
      return refuse(`The examples cannot be read: ${messageOf(error)}. Install the program again.`);
    }
  }

  async read(name: string): Promise<Result<string, string>> {
    const path = this.pathOf(name);
    if (!path.ok) return path;
    try {
      return ok(await readFile(path.value, "utf8"));
    } catch (error) {
      return refuse(`${name} cannot be read: ${messageOf(error)}.`);
    }
  }

  /** Keeps a file, in place of one of that name; the names of all. */
  async write(name: string, text: string): Promise<Result<readonly string[], string>> {
    const path = this.pathOf(name);
    if (!path.ok) return path;
    try {
      await mkdir(this.places!.folder, { recursive: true });
      const before = await this.files();
      if (!before.includes(name) && before.length >= scriptLimits.filesMax)
        return refuse(`${scriptLimits.filesMax} scripts are kept already. Remove one first.`);
      await writeFile(`${path.value}.new`, text);
      await rename(`${path.value}.new`, path.value);
      return ok(await this.files());
    } catch (error) {
      return refuse(`${name} could not be kept: ${messageOf(error)}.`);
    }
  }

  async remove(name: string): Promise<Result<readonly string[], string>> {
    const path = this.pathOf(name);
    if (!path.ok) return path;
    try {
      await rm(path.value);
      return ok(await this.files());
    } catch (error) {
      return refuse(`${name} could not be removed: ${messageOf(error)}.`);
    }
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.places!.folder).catch(() => []);
    return names.filter((name) => scriptName.test(name)).sort();
  }

  private pathOf(name: string): Result<string, string> {
    if (!this.places) return refuse("This host keeps no scripts.");
    if (!scriptName.test(name))
      return refuse(`"${name}" is no name for a script: letters, digits, ".", "-" and "_", then ".ts".`);
    return ok(join(this.places.folder, name));
  }
}

async function scriptsIn(folder: string): Promise<ExampleScript[]> {
  const names = (await readdir(folder)).filter((name) => scriptName.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8") })));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
