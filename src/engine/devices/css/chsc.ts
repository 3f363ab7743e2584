/**
 * CHANNEL SUBSYSTEM CALL: the commands of a machine whose only channel devices are virtual. A Linux 6.1 boot
 * issues 0x0033, 0x0010, 0x0031, 0x0034, 0x0002, 0x0004 and 0x004c, and 0x000e after a channel report.
 *
 * Request block: length, command (halfwords), parameters; the response block follows it: length, code,
 * parameter, data.
 */
import { type InstructionOutcome, isException, programCode, type StorageOperand } from "./operand.ts";

/** Channel-path type of the virtual path. */
const VIRTUAL_PATH_TYPE = 0x32;
export const DEFAULT_IMAGE = 0xfe;

const chscCommand = {
  storeChannelPathDescription: 0x0002, storeEventInformation: 0x000e, storeCharacteristics: 0x0010,
  setDomainAttributes: 0x0031,
} as const;

export const chscResponse = {
  executed: 0x0001, badRequest: 0x0003, notProvided: 0x0004, noEvent: 0x0005, badFormat: 0x0007,
  noImage: 0x0008,
} as const;

/** What the guest can switch on. */
export interface ChscFacilities {
  enableMultipleSubchannelSets(): void;
  enableMultipleImages(): void;
}

interface Request {
  readonly length: number;
  readonly command: number;
  readonly words: readonly [number, number, number];
}

interface Response {
  readonly code: number;
  readonly parameter?: number;
  readonly data?: Uint8Array;
}

export function channelSubsystemCall(block: StorageOperand, facilities: ChscFacilities): InstructionOutcome {
  if ((block.address & 0xfffn) !== 0n) return { program: programCode.specification };
  const header = block.fetch(0, 16);
  if (isException(header)) return header;
  const view = new DataView(header.buffer, header.byteOffset, 16);
  const request: Request = {
    length: view.getUint16(0), command: view.getUint16(2),
    words: [view.getUint32(4), view.getUint32(8), view.getUint32(12)],
  };
  if (request.length < 16 || request.length > 4088 || request.length % 8 !== 0)
    return { program: programCode.operand };
  // Every response fits the page: the longest, of 4,080 bytes, goes with a 16-byte request.
  return block.store(request.length, encodeResponse(answer(request, facilities))) ?? { cc: 0 };
}

function encodeResponse({ code, parameter = 0, data = new Uint8Array() }: Response): Uint8Array {
  const bytes = new Uint8Array(8 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length);
  view.setUint16(2, code);
  view.setUint32(4, parameter);
  bytes.set(data, 8);
  return bytes;
}

function answer(request: Request, facilities: ChscFacilities): Response {
  switch (request.command) {
    case chscCommand.storeChannelPathDescription: return describePaths(request);
    case chscCommand.storeCharacteristics: return storeCharacteristics(request);
    case chscCommand.setDomainAttributes: return setDomainAttributes(request, facilities);
    case chscCommand.storeEventInformation: return { code: chscResponse.noEvent };
    default: return { code: chscResponse.notProvided };
  }
}

/** An image other than the default can be named only with the m bit, and only the default exists. */
const namesNoImage = (image: number, mBit: boolean): boolean =>
  image !== 0 && !(mBit && image === DEFAULT_IMAGE);

function describePaths({ length, words: [word0, word1, word2] }: Request): Response {
  const wanted = (word0 >>> 8) & 0xf;
  const format = wanted <= 1 ? (word0 >>> 28) & 1 : wanted;
  const refused = (code: number): Response => ({ code, parameter: format });
  if (length !== 16 || (word0 & 0xc000_f000) !== 0 || (word1 & 0xffff_ff00) !== 0 || word2 !== 0)
    return refused(chscResponse.badRequest);
  if ((word0 & 0x0f00_0000) !== 0) return refused(chscResponse.badFormat);
  if (namesNoImage((word0 >>> 16) & 0xff, (word0 & 0x2000_0000) !== 0)) return refused(chscResponse.noImage);
  const first = word0 & 0xff;
  const last = word1 & 0xff;
  if (last < first) return refused(chscResponse.badRequest);
  // The one path is number 0.
  const data = new Uint8Array(first === 0 && format <= 1 ? (format === 0 ? 8 : 32) : 0);
  if (data.length > 0) data.set([0x80, 0x00, VIRTUAL_PATH_TYPE, 0x00]);
  return { code: chscResponse.executed, parameter: format, data };
}

function storeCharacteristics({ length, words: [word0, word1, word2] }: Request): Response {
  if (length !== 16) return { code: chscResponse.badRequest };
  if ((word0 & 0x000f_0000) !== 0) return { code: chscResponse.badFormat };
  if (namesNoImage((word0 >>> 8) & 0xff, (word0 & 0x2000_0000) !== 0)) return { code: chscResponse.noImage };
  if ((word0 & 0xdff0_00ff) !== 0 || word1 !== 0 || word2 !== 0) return { code: chscResponse.badRequest };
  const data = new Uint8Array(4072);
  const view = new DataView(data.buffer);
  // General characteristics: words 0, 1 (bits 45-48 and 51: images, extended measurement) and 3.
  view.setUint32(0, 0x0300_0000);
  view.setUint32(4, 0x0007_9000);
  view.setUint32(12, 0x0008_0000);
  // CHSC characteristics start after 510 words.
  view.setUint32(2040, 0x4000_0000);
  view.setUint32(2040 + 12, 0x0004_0000);
  return { code: chscResponse.executed, data };
}

function setDomainAttributes({ length, words: [word0] }: Request, facilities: ChscFacilities): Response {
  if (length !== 0x400 || (word0 & 0xf0ff_0000) !== 0) return { code: chscResponse.badRequest };
  if ((word0 & 0x0f00_0000) !== 0) return { code: chscResponse.badFormat };
  switch (word0 & 0xffff) {
    case 0:
      facilities.enableMultipleImages();
      return { code: chscResponse.executed };
    case 2:
      facilities.enableMultipleSubchannelSets();
      return { code: chscResponse.executed };
    default:
      return { code: chscResponse.badRequest };
  }
}
