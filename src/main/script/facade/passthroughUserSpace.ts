/** The VMM's memory areas of the XIVE device's file, for scripts. */
import * as v from "valibot";
import type { UserSpace as UserSpaceApi } from "../../../../resources/scripts/api/passthrough.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import { errno, type Errno } from "../../../engine/api/errno.ts";
import type { Result } from "../../../engine/base/result.ts";
import { touch } from "../../../engine/devices/passthrough/guestAccess.ts";
import type { Passthrough } from "../../../engine/devices/passthrough/passthrough.ts";
import type { MethodTable } from "../hostObjects.ts";
import { none, reply, wholeTo } from "./arguments.ts";

const MAPPINGS_MAX = 1000;

export class PassthroughUserSpace implements UserSpaceApi {
  private readonly p: Passthrough;

  constructor(p: Passthrough) {
    this.p = p;
  }
  mmap(userPage: number, pages: number, filePage: number): Reply {
    if (this.p.space.mappings.length >= MAPPINGS_MAX) return reply(errno.ENOMEM);
    return replyOf(this.p.space.mmap(userPage, pages, filePage));
  }
  munmap(userPage: number, pages: number): Reply {
    return replyOf(this.p.space.munmap(userPage, pages));
  }
  mprotect(userPage: number, pages: number): Reply {
    return replyOf(this.p.space.mprotect(userPage, pages));
  }
  mappings(): ReturnType<UserSpaceApi["mappings"]> {
    return this.p.space.mappings.map(
      ({ start, pages, filePage, maps }) => ({ userPage: start, pages, filePage, maps }));
  }
  touch(userPage: number): ReturnType<UserSpaceApi["touch"]> {
    const found = touch(this.p, userPage);
    if (found === "tima-os") return "tima";
    return "kind" in found ? found.why : { ...found };
  }
}

const replyOf = (result: Result<unknown, Errno>): Reply => reply(result.ok ? 0 : result.error);
/** By 64 KiB from address 0. */
export const userPage = wholeTo(2 ** 48);
const range = v.strictTuple([userPage, userPage]);

export const userSpaceMethods: MethodTable<UserSpaceApi> = {
  mmap: v.strictTuple([userPage, userPage, userPage]), munmap: range, mprotect: range,
  mappings: none, touch: v.strictTuple([userPage]),
};
