import type { CodePage } from "./codePages.ts";
import type { Core } from "./core.ts";
export class RegionCompiler {
  readonly core: Core;
  constructor(core: Core) { this.core = core; }
  compile(_page: CodePage, _offset: number): void {}
  dropAll(): void {}
}
