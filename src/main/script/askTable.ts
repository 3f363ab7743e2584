/** What a script may ask of its host, as tables: for each question its grants, its shape, and who answers. */
import type * as v from "valibot";
import type { Grant } from "../../engine/api/script.ts";
import type { Result } from "../../engine/base/result.ts";

type Question = (argument: never) => unknown;
type Argument<Calls, Name extends keyof Calls> =
  Calls[Name] extends (argument: infer Given) => unknown ? Given : never;
type Answer<Calls, Name extends keyof Calls> =
  Calls[Name] extends Question ? ReturnType<Calls[Name]> : never;

export interface AskEntry<Given = never> {
  /** All of them are needed. */
  readonly grants: readonly Grant[] | ((argument: Given) => readonly Grant[]);
  readonly shape: v.GenericSchema<unknown, Given>;
}
export type AskEntries<Calls> = { readonly [Name in keyof Calls]: AskEntry<Argument<Calls, Name>> };
export type AskAnswers<Calls> = {
  readonly [Name in keyof Calls]: (
    argument: Argument<Calls, Name>,
  ) => Promise<Result<Answer<Calls, Name>, string>>;
};
