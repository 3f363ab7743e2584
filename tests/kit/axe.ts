/** What axe-core finds wrong with the page as it is now, so that a test can say there is nothing. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
  }[];
}
interface WithAxe {
  readonly axe?: { run(options: object): Promise<AxeResults> };
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** In the page: until colours that fade after a change of the theme have arrived. */
const restOfAnimations = (): Promise<unknown> => {
  const ending = document.getAnimations().filter((one) => one instanceof CSSTransition);
  return Promise.allSettled(ending.map(({ finished }) => finished));
};

/** One line for each serious or critical finding, with the first elements it is about. */
export async function seriousFindings(page: Page, rules: "all" | "colours" = "all"): Promise<string[]> {
  await page.evaluate(restOfAnimations);
  // As the debugger protocol's own text: the page's policy lets no script in by another way.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const runOnly = rules === "all" ? levels : ["color-contrast"];
  const { violations } = await page.evaluate(
    (options) => (window as unknown as Required<WithAxe>).axe.run(options),
    { runOnly, resultTypes: ["violations"] },
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => {
      const places = nodes.slice(0, 4).map(({ target, failureSummary }) => {
        const why = failureSummary?.split("\n").slice(1, 2).join("").trim() ?? "";
        return `${target.join(" ")} (${why})`;
      });
      return `${id}: ${places.join("; ")}`;
    });
}
