/**
 * What Monaco asks of its page, to be there before any part of it is loaded: its HTML and its workers come
 * through one trusted-types policy of ours; workers are our own files and nothing else.
 */
import editorWorker from "monaco-editor/editor/editor.worker?worker&url";
import typescriptWorker from "monaco-editor/languages/features/typescript/ts.worker?worker&url";

interface Policy {
  createHTML(html: string): unknown;
  createScriptURL(url: string): unknown;
}
const { trustedTypes } = globalThis as unknown as {
  trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
};
const rules: Policy = {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (url !== editorWorker && url !== typescriptWorker) throw new TypeError("Not a worker of this page.");
    return url;
  },
};
const policy = trustedTypes?.createPolicy("monaco", rules) ?? rules;

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker: (_id: string, label: string) => {
      const url = label === "typescript" || label === "javascript" ? typescriptWorker : editorWorker;
      return new Worker(policy.createScriptURL(url) as string, { type: "module", name: label });
    },
    createTrustedTypesPolicy: (_name: string, own?: { createHTML?(html: string): string }) =>
      ({ createHTML: (html: string) => policy.createHTML(own?.createHTML?.(html) ?? html) }),
  },
});
