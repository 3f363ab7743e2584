/** Checks scripts against the API's declarations as an editor does, with the same compiler options. */
import { join } from "node:path";
import ts from "typescript";
import { apiText } from "../../src/main/script/apiText.ts";

const apiFolder = new URL("../../resources/scripts/api/", import.meta.url).pathname;
const API = "/latchwork-api.d.ts";

/** Sentences with file and line; none where all is well. */
export async function scriptProblems(scripts: Readonly<Record<string, string>>): Promise<string[]> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023, lib: ["lib.es2023.d.ts"], module: ts.ModuleKind.ESNext, strict: true,
    noEmit: true, moduleDetection: ts.ModuleDetectionKind.Force, types: [],
  };
  const host = ts.createCompilerHost(options);
  const texts = new Map([[API, await apiText(apiFolder)]]);
  for (const [name, text] of Object.entries(scripts)) texts.set(join("/", name), text);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    return text === undefined
      ? getSourceFile.call(host, name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  host.fileExists = (name) => texts.has(name) || fileExists.call(host, name);
  host.readFile = (name) => texts.get(name) ?? readFile.call(host, name);
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName ?? ""}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
