/** The global `kvm`: makes device-only machines of every architecture. */
import * as v from "valibot";
import type { ApOptions } from "../../../../resources/scripts/api/ap.d.ts";
import type { ArmOptions } from "../../../../resources/scripts/api/arm.d.ts";
import type { KvmFactory as KvmFactoryApi } from "../../../../resources/scripts/api/kvm.d.ts";
import type { PassthroughOptions } from "../../../../resources/scripts/api/passthrough.d.ts";
import type { PowerOptions, PseriesOptions } from "../../../../resources/scripts/api/power.d.ts";
import type { RequestAge, RequestArchitecture } from "../../../../resources/scripts/api/requests.d.ts";
import type { S390Options } from "../../../../resources/scripts/api/s390.d.ts";
import { pseries } from "../../../engine/deviceMachine/powerDeviceMachine.ts";
import { s390DeviceMachine, type S390Shape } from "../../../engine/deviceMachine/s390DeviceMachine.ts";
import { linux61Defects, passthroughDefects } from "../../../engine/devices/passthrough/defects.ts";
import { strategyNames } from "../../../engine/devices/passthrough/strategy.ts";
import { xiveDefects, type XiveDefect } from "../../../engine/devices/xive/defects.ts";
import { kernelProfiles } from "../../../engine/uapi/kernelProfile.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { apOptions, apVm } from "./apOptions.ts";
import type { ApVm } from "./apVm.ts";
import { length, name, none, u32, u64, wholeTo } from "./arguments.ts";
import { ArmVm, armOptions } from "./armVm.ts";
import { PassthroughVm } from "./passthroughVm.ts";
import { PowerVm } from "./powerVm.ts";
import { Pseries } from "./pseries.ts";
import { RequestVcpus } from "./requestVcpus.ts";
import { s390Options } from "./s390Methods.ts";
import { S390Vm } from "./s390Vm.ts";
import { ScriptDirtyRing } from "./scriptDirtyRing.ts";

/** Each has memory and books of its own. */
const MACHINES_MAX = 64;

export class KvmFactory implements KvmFactoryApi {
  private readonly held: () => number;

  /** `held`: so many of its machines the script holds. */
  constructor(held: () => number) {
    this.held = held;
  }

  s390(options: S390Options = {}): S390Vm {
    this.count();
    return new S390Vm(s390DeviceMachine(shapeOf(options)));
  }

  ap(options: ApOptions = {}): ApVm {
    this.count();
    return apVm(options, shapeOf(options));
  }

  power({ hasXive, singleEscalation, defects = [] }: PowerOptions = {}): PowerVm {
    this.count();
    return new PowerVm({ hasXive, singleEscalation, defects: xiveSwitches(defects) });
  }

  pseries({ kernel = true, storeEoi, defects = [] }: PseriesOptions = {}): Pseries {
    this.count();
    return new Pseries(pseries(kernel, { storeEoi, defects: xiveSwitches(defects) }));
  }

  passthrough(options: PassthroughOptions = {}): PassthroughVm {
    const { mode = "native", strategy, defects = [], storeEoi = false, directPath = true, servers } = options;
    this.count();
    const all = defects.flatMap(
      (defect): readonly string[] => (defect === "linux-6.1" ? linux61Defects : [defect]));
    checkKnown(all, passthroughDefects);
    return new PassthroughVm({
      mode, directPath, phbStoreEoi: storeEoi, defects: new Set(all), ...(strategy && { strategy }),
      ...(servers !== undefined && {
        targets: { hasServer: (server) => server < servers, hasQueue: () => true },
      }),
    });
  }

  arm(options: ArmOptions = {}): ArmVm {
    this.count();
    return new ArmVm(options);
  }

  requests(
    vcpus: number, age: RequestAge = "v6.1", architecture: RequestArchitecture = "s390",
  ): RequestVcpus {
    this.count();
    return new RequestVcpus(vcpus, age, architecture);
  }

  dirtyRing(bytes: number, slots: readonly bigint[]): ScriptDirtyRing {
    this.count();
    return new ScriptDirtyRing(bytes, slots);
  }

  defects(): Readonly<Record<string, string>> {
    return { ...xiveDefects, ...passthroughDefects };
  }

  private count(): void {
    if (this.held() >= MACHINES_MAX)
      throw new ScriptRefusal(
        `A script holds at most ${MACHINES_MAX} machines at once, as each has memory of its own; this is one `
        + "more. One that no variable, list or closure leads to any more is given back.");
  }
}

/** The controller is made by the script, as a VMM makes it. */
function shapeOf(
  { profile, cpus, suppression, gisa, sigpInterpretation, channelSubsystem, quirks }: S390Options,
): S390Shape {
  const base = kernelProfiles[profile ?? "linux-6.1"];
  return {
    profile: { ...base, quirks: { ...base.quirks, ...quirks } },
    cpus: cpus ?? 1, facility72: suppression ?? true, flicCreated: false,
    options: {
      aiv: gisa !== "none", ...(typeof gisa === "number" && { gisaFormat: gisa }),
      sigpInterpretation: sigpInterpretation ?? false, channelSubsystem: channelSubsystem ?? true,
    },
  };
}

function xiveSwitches(defects: readonly string[]): ReadonlySet<XiveDefect> {
  checkKnown(defects, xiveDefects);
  return new Set(defects as readonly XiveDefect[]);
}

function checkKnown(given: readonly string[], known: object): void {
  const unknown = given.find((defect) => !Object.hasOwn(known, defect));
  if (unknown !== undefined)
    throw new ScriptRefusal(`There is no defect "${unknown}" here; kvm.defects() names them all.`);
}

const defects = v.optional(v.pipe(v.array(name), v.maxLength(100)));
const flag = v.optional(v.boolean());

export const kvmFactoryMethods: MethodTable<KvmFactoryApi> = {
  s390: v.strictTuple([v.optional(s390Options)]),
  ap: v.strictTuple([v.optional(apOptions)]),
  power: v.strictTuple([v.optional(v.strictObject({ hasXive: flag, singleEscalation: flag, defects }))]),
  pseries: v.strictTuple([v.optional(v.strictObject({ kernel: flag, storeEoi: flag, defects }))]),
  passthrough: v.strictTuple([v.optional(v.strictObject({
    mode: v.optional(v.picklist(["native", "xics"])), strategy: v.optional(v.picklist(strategyNames)),
    defects, storeEoi: flag, directPath: flag, servers: v.optional(u32),
  }))]),
  arm: v.strictTuple([v.optional(armOptions)]),
  requests: v.strictTuple([wholeTo(64, 1), v.optional(v.picklist(["v4.13", "v6.1"])),
    v.optional(v.picklist(["s390", "arm64", "powerpc"]))]),
  dirtyRing: v.strictTuple([length, v.pipe(v.array(u64), v.maxLength(64))]),
  defects: none,
};
