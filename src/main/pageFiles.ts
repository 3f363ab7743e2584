/**
 * The files of the page, for both hosts: a path from a request to a file under one folder, or nothing.
 *
 * Invariant: what is read lies inside the folder after every link is resolved, has a known type, and is a
 * file.
 */
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".ttf": "font/ttf",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** `path` is the undecoded path of a URL, beginning with a slash; "/" is the page itself. */
export async function readPageFile(folder: string, path: string): Promise<PageFile | undefined> {
  const wanted = path === "/" ? "/index.html" : path;
  // Names that a build makes need nothing else; so there is nothing to decode and nothing to climb.
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(wanted)) return undefined;
  const type = types[extname(wanted)];
  if (type === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, wanted));
    if (!file.startsWith(root + sep)) return undefined;
    return { type, bytes: await readFile(file) };
  } catch {
    return undefined;
  }
}

/**
 * Scripts come from our own files only and nothing is evaluated. Inline styles are allowed because the
 * terminal writes a style element for its theme and style attributes for the guest's colours.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  // The editor's squiggles and arrows are drawings inside its style sheet.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // Monaco cleans what a hover says with DOMPurify, which makes a policy of its own.
  "trusted-types vue monaco dompurify",
].join("; ");

export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": contentSecurityPolicy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};
