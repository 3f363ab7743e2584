/** The interrupt ledger of a machine without a guest, as scripts ask it. */
import * as v from "valibot";
import type { Books as BooksApi, LedgerLine, Why } from "../../../../resources/scripts/api/values.d.ts";
import { LEDGER_LINES, type Ledger } from "../../../engine/ledger/ledger.ts";
import type { MethodTable } from "../hostObjects.ts";
import { none, u32, wholeTo } from "./arguments.ts";

/** What every family's ledger has. */
export interface KeptBooks {
  readonly book: Ledger;
  why(id: number): Why | undefined;
  check(): string | undefined;
}

export abstract class WithBooks implements BooksApi {
  protected abstract books(): KeptBooks;

  why(id: number): Why | undefined {
    return this.books().why(id);
  }
  ledger(count = 100): LedgerLine[] {
    return this.books().book.recent(count);
  }
  counts(): Readonly<Record<string, number>> {
    return this.books().book.counts();
  }
  checkLedger(): string | undefined {
    return this.books().check();
  }
}

export const booksMethods: MethodTable<BooksApi> = {
  why: v.strictTuple([u32]),
  ledger: v.strictTuple([v.optional(wholeTo(LEDGER_LINES))]),
  counts: none,
  checkLedger: none,
};
