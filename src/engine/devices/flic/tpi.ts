/** TEST PENDING INTERRUPTION (Principles of Operation, chapter 14), after the privilege check. */
import { ioInfo } from "../../uapi/s390Interrupt.ts";
import type { Flic } from "./flic.ts";
import { noteTaken } from "./ioDequeue.ts";
import { Lowcore, lowcore } from "./lowcore.ts";
import type { VcpuPort } from "./vcpuPort.ts";

export type TpiOutcome = { readonly cc: 0 | 1 | 3 } | { readonly exception: "specification" | "access" };

/**
 * `address` 0 stores 12 bytes in the prefix area, another 8 bytes at that logical address. CR6 says which
 * ISCs count, the PSW does not matter. On an access exception the interrupt is pending again, at the end of
 * its list.
 */
export function testPendingInterruption(flic: Flic, port: VcpuPort, address: bigint): TpiOutcome {
  if (flic.options.channelSubsystem === false) return { cc: 3 };
  if (address & 3n) return { exception: "specification" };
  const taken = flic.takeIo(port.crLow(6) >>> 24, 0);
  if (!taken) return { cc: 0 };
  const { subchannelId, subchannelNr, ioIntParm, ioIntWord } = taken.interrupt;
  const words = ioInfo.encode({
    subchannel_id: subchannelId, subchannel_nr: subchannelNr, io_int_parm: ioIntParm, io_int_word: ioIntWord,
  });
  if (!store(flic, port, address, words)) {
    flic.reinjectIo(taken);
    return { exception: "access" };
  }
  noteTaken(flic.decisions, "taken", taken, port.id);
  return { cc: 1 };
}

function store(flic: Flic, port: VcpuPort, address: bigint, words: Uint8Array): boolean {
  if (address !== 0n) return port.storeLogical(address, words.subarray(0, 8));
  const area = new Lowcore(flic.memory, port.prefix());
  area.bytes(lowcore.SUBCHANNEL_ID, words);
  return area.ok;
}
