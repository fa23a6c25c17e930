import { zstdDecompressSync } from "node:zlib";
import {
  decodePeerRedirect,
  FRAME_CODEC,
  FRAME_HEADER,
  isErrorCode,
  LARGEST_CHUNK,
  LIMITS,
  readFrameHeader,
  SitewrightError,
  type PeerRedirect,
  type FrameHeader,
} from "@sitewright/protocol";
import type { SpanWriter } from "./span-writer.ts";

/** Parses a content stream as it arrives. */
export interface FrameParser {
  /** Throws `FRAME_INVALID`, the coordinator's error in a failure frame, and errors of writing. The bytes may be reused afterwards. */
  push(part: Uint8Array): void;
  /** Bytes that were processed, headers included. */
  consumed(): number;
  /** These and the ones of an incomplete frame. */
  received(): number;
}

export interface ControlFrames {
  /** A neighbour has these: the writer must not wait for them. */
  elsewhere(redirect: PeerRedirect): void;
  /** The other side waits for the next chunk itself. */
  waiting(): void;
}

/** Maximum unpacked bytes of a frame. */
const MOST_UNPACKED = Math.max(LIMITS.contentFrame, LARGEST_CHUNK);

/** A frame in progress. */
interface Frame {
  header: FrameHeader;
  /** Bytes of its chunks, as requested. */
  content: number;
  /** Chunks and payload still to arrive. */
  count: number;
  length: number;
}

/** Splits a stream into frames and passes their chunks to the writer: directly from the receive buffer, unless they straddle two parts. */
export function createFrameParser(writer: SpanWriter, controlFrames: ControlFrames): FrameParser {
  const reassembly = createReassemblyBuffer();
  let frame: Frame | undefined;
  let consumed = 0;

  function begin(bytes: Uint8Array): Frame {
    const header = readFrameHeader(bytes);
    if (!holdsChunks(header)) return { header, content: 0, count: 0, length: header.length };
    const expected = writer.nextOrdinal();
    if (header.ordinal !== expected) throw damaged(`the stream held chunk ${header.ordinal}, where ${expected ?? "none"} was next`);
    let content = 0;
    for (let ahead = 0; ahead < header.count; ahead++) {
      const size = writer.sizeOf(ahead);
      if (size === undefined) throw damaged(`a frame holds ${header.count} chunks, ${ahead} of which were requested`);
      content += size;
      if (content > MOST_UNPACKED) throw damaged(`a frame holds ${header.count} chunks, more than it may`);
    }
    if (header.count === 0) throw damaged("a frame holds no chunk");
    return { header, content, count: header.count, length: header.length };
  }

  /** Bytes that are needed for the next step. */
  function needed(): number {
    if (!frame) return FRAME_HEADER;
    return isPlain(frame) ? (writer.sizeOf(0) as number) : frame.length;
  }

  /** One step: `bytes` hold at least what is needed. Returns how many of them it consumed. */
  function step(bytes: Uint8Array): number {
    if (!frame) {
      frame = begin(bytes);
      consumed += FRAME_HEADER;
      if (frame.length === 0) end(frame, bytes.subarray(0, 0));
      return FRAME_HEADER;
    }
    if (!isPlain(frame)) {
      const { length } = frame;
      end(frame, bytes.subarray(0, length));
      consumed += length;
      return length;
    }
    let count = 0;
    let taken = 0;
    for (; count < frame.count; count++) {
      const size = writer.sizeOf(count) as number;
      if (taken + size > bytes.length) break;
      taken += size;
    }
    const { length } = bytes;
    writer.take(taken === length ? bytes : bytes.subarray(0, taken), count);
    consumed += taken;
    frame.count -= count;
    if (frame.count === 0) frame = undefined;
    return taken;
  }

  /** A frame that is processed as a whole. */
  function end({ header, content }: Frame, payload: Uint8Array): void {
    frame = undefined;
    if (header.codec === FRAME_CODEC.failure) throw failureIn(payload);
    if (header.codec === FRAME_CODEC.elsewhere) return controlFrames.elsewhere(decodePeerRedirect(payload));
    if (header.codec === FRAME_CODEC.waiting) return controlFrames.waiting();
    const unpacked = header.codec === FRAME_CODEC.zstd ? unpack(payload, content) : undefined;
    if (unpacked?.length === content) writer.take(unpacked, header.count);
    else writer.spoil(header.count, payload.length);
  }

  return {
    consumed: () => consumed,
    received: () => consumed + reassembly.size(),
    push(part) {
      let at = 0;
      while (at < part.length) {
        const size = needed();
        if (reassembly.isEmpty() && part.length - at >= size) {
          at += step(at === 0 ? part : part.subarray(at));
          continue;
        }
        at += reassembly.add(part, at, size);
        if (!reassembly.isFull(size)) return;
        step(reassembly.take());
      }
    },
  };
}

function holdsChunks({ codec }: FrameHeader): boolean {
  return codec !== FRAME_CODEC.failure && codec !== FRAME_CODEC.elsewhere && codec !== FRAME_CODEC.waiting;
}

/** Raw, and as long as the chunks that it should hold. */
function isPlain({ header, content }: Frame): boolean {
  return header.codec === FRAME_CODEC.raw && header.length === content;
}

function unpack(payload: Uint8Array, size: number): Uint8Array | undefined {
  try {
    return zstdDecompressSync(payload, { maxOutputLength: size, chunkSize: Math.max(size, 64) });
  } catch {
    return undefined;
  }
}

function failureIn(bytes: Uint8Array): SitewrightError {
  try {
    const { code, message, path } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof code === "string" && isErrorCode(code))
      return new SitewrightError(code, String(message), typeof path === "string" ? { path } : {});
  } catch {
    // The message is set below.
  }
  return damaged("it ended with a failure that cannot be read");
}

function damaged(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the content stream is damaged: ${why}`);
}

/** Joins what arrived in several parts. */
interface ReassemblyBuffer {
  isEmpty(): boolean;
  /** Bytes that wait for more. */
  size(): number;
  isFull(size: number): boolean;
  /** Takes from `part`, from `at` on, what is missing of `size` bytes; returns how many that were. */
  add(part: Uint8Array, at: number, size: number): number;
  /** What was joined; valid until the next `add`. */
  take(): Uint8Array;
}

function createReassemblyBuffer(): ReassemblyBuffer {
  let buffer = new Uint8Array(64 * 1024);
  let filled = 0;

  return {
    isEmpty: () => filled === 0,
    size: () => filled,
    isFull: (size) => filled > 0 && filled >= size,
    add(part, at, size) {
      if (buffer.length < size) {
        const larger = new Uint8Array(size);
        larger.set(buffer.subarray(0, filled));
        buffer = larger;
      }
      const wanted = Math.min(size - filled, part.length - at);
      buffer.set(part.subarray(at, at + wanted), filled);
      filled += wanted;
      return wanted;
    },
    take() {
      const bytes = buffer.subarray(0, filled);
      filled = 0;
      return bytes;
    },
  };
}
