import { SitewrightError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * A content stream is an HTTP connection that both sides agreed to upgrade. The agent requests chunks by their ordinals in one manifest and
 * gives credit; the coordinator answers with frames, request by request, in the order of the requests. All numbers are big endian.
 */
export const CONTENT_PROTOCOL = "sitewright-content.1";

/** Chunk ordinals, both ends included, ascending and without overlap. */
export type Ranges = [from: number, to: number][];

/** What the agent says on a content stream. */
export type StreamMessage =
  /** `failed`: the neighbour that was named for these chunks did not deliver them; the coordinator sends them itself. */
  | { kind: "ask"; ranges: Ranges; failed?: string }
  /**
   * Bytes of the stream, headers included, in total, that were verified and written, or that belong to a frame still arriving after some
   * time: permission to send more.
   */
  | { kind: "credit"; consumed: number }
  /** The agent is still processing what has arrived: missing credit does not mean a slow line. */
  | { kind: "busy" };

/**
 * How the bytes of a frame are packed; `failure` ends the stream with a JSON `{code, message, path}`. `elsewhere` names, before anything
 * else of that request, the chunks that a neighbour has (see `PeerRedirect`); `waiting` says that the next chunk is not available yet.
 */
export const FRAME_CODEC = { raw: 0, zstd: 1, waiting: 253, elsewhere: 254, failure: 255 } as const;

/** Several whole chunks in the order requested, concatenated: compressing them together costs fewer bytes. */
export interface FrameHeader {
  codec: number;
  /** The first chunk. */
  ordinal: number;
  /** How many chunks; the next ones requested. */
  count: number;
  /** Bytes that follow the header. */
  length: number;
}

/** Bytes of a frame's header: codec (1), ordinal (4), count (4), length (4). */
export const FRAME_HEADER = 13;

export function writeFrameHeader(target: Uint8Array, header: FrameHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, FRAME_HEADER);
  view.setUint8(0, header.codec);
  view.setUint32(1, header.ordinal);
  view.setUint32(5, header.count);
  view.setUint32(9, header.length);
}

/** Throws `FRAME_INVALID` for a frame over the limit. */
export function readFrameHeader(source: Uint8Array): FrameHeader {
  const view = new DataView(source.buffer, source.byteOffset, FRAME_HEADER);
  const header = { codec: view.getUint8(0), ordinal: view.getUint32(1), count: view.getUint32(5), length: view.getUint32(9) };
  if (header.length > LIMITS.contentFrame)
    throw new SitewrightError(
      "FRAME_INVALID",
      `a content frame of ${header.length} bytes is over the limit of ${LIMITS.contentFrame}: the stream is damaged`,
    );
  return header;
}

const ASK = 1;
const CREDIT = 2;
const BUSY = 3;
const ASK_AFTER_FAILURE = 4;

export function encodeStreamMessage(message: StreamMessage): Uint8Array {
  if (message.kind === "busy") return Uint8Array.of(BUSY);
  if (message.kind === "credit") {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, CREDIT);
    view.setBigUint64(1, BigInt(message.consumed));
    return bytes;
  }
  const name = message.failed === undefined ? undefined : new TextEncoder().encode(message.failed);
  const start = name ? 1 + name.length : 0;
  const bytes = new Uint8Array(start + 5 + message.ranges.length * 8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, name ? ASK_AFTER_FAILURE : ASK);
  if (name) {
    view.setUint8(1, name.length);
    bytes.set(name, 2);
  }
  view.setUint32(start + 1, message.ranges.length);
  message.ranges.forEach(([from, to], i) => {
    view.setUint32(start + 5 + i * 8, from);
    view.setUint32(start + 9 + i * 8, to);
  });
  return bytes;
}

/** Splits what an agent sends into messages. Throws `FRAME_INVALID` for anything else. */
export function createStreamMessageReader(): (part: Uint8Array) => StreamMessage[] {
  let rest = new Uint8Array(0);
  return (part) => {
    const bytes = new Uint8Array(rest.length + part.length);
    bytes.set(rest);
    bytes.set(part, rest.length);
    const messages: StreamMessage[] = [];
    let at = 0;
    for (let next = readMessage(bytes, at); next; next = readMessage(bytes, at)) {
      messages.push(next.message);
      at = next.end;
    }
    rest = bytes.slice(at);
    return messages;
  };
}

function readMessage(bytes: Uint8Array, at: number): { message: StreamMessage; end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  if (view.byteLength === 0) return undefined;
  const kind = view.getUint8(0);
  if (kind === CREDIT) {
    if (view.byteLength < 9) return undefined;
    const consumed = Number(view.getBigUint64(1));
    if (!Number.isSafeInteger(consumed)) throw invalid("a credit is impossibly high");
    return { message: { kind: "credit", consumed }, end: at + 9 };
  }
  if (kind === BUSY) return { message: { kind: "busy" }, end: at + 1 };
  if (kind !== ASK && kind !== ASK_AFTER_FAILURE) throw invalid(`a message of kind ${kind} is unknown`);
  // The name of the neighbour that failed comes before the ranges.
  const start = kind === ASK || view.byteLength < 2 ? 0 : 1 + view.getUint8(1);
  if (view.byteLength < start + 5) return undefined;
  const count = view.getUint32(start + 1);
  if (count === 0 || count > LIMITS.contentRanges) throw invalid(`${count} ranges were asked for, not 1 to ${LIMITS.contentRanges}`);
  const end = start + 5 + count * 8;
  if (view.byteLength < end) return undefined;
  const ranges = Array.from({ length: count }, (_, i): [number, number] => [
    view.getUint32(start + 5 + i * 8),
    view.getUint32(start + 9 + i * 8),
  ]);
  ranges.forEach(([from, to], i) => {
    if (to < from || from <= (ranges[i - 1]?.[1] ?? -1)) throw invalid(`the range ${from} to ${to} does not follow the one before it`);
  });
  const name = start === 0 ? undefined : new TextDecoder().decode(bytes.subarray(at + 2, at + start + 1));
  return { message: { kind: "ask", ranges, ...(name === undefined ? {} : { failed: name }) }, end: at + end };
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the content stream was refused: ${why}`);
}
