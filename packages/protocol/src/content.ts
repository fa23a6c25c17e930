import { LIMITS } from "./limits.ts";
import type { Digest } from "./unit.ts";

/** Body of a content request (JSON). The reply is one stream of frames, in the order of the ranges. */
export interface ContentRequest {
  order: string;
  manifest: Digest;
  /** Number of the stream on this agent's connection; credit is given by it. */
  transfer: number;
  /** Chunk ordinals, both ends included, ascending. */
  ranges: [from: number, to: number][];
}

/** How the bytes of a frame are packed; `failure` ends the stream with a JSON `{code, message, path}`. */
export const FRAME_CODEC = { raw: 0, zstd: 1, failure: 255 } as const;

export interface FrameHeader {
  ordinal: number;
  codec: number;
  /** Bytes that follow the header. */
  length: number;
}

/** Bytes of a frame's header: ordinal (4), codec (1), length (4), big endian. */
export const FRAME_HEADER = 9;

export function writeFrameHeader(target: Uint8Array, header: FrameHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, FRAME_HEADER);
  view.setUint32(0, header.ordinal);
  view.setUint8(4, header.codec);
  view.setUint32(5, header.length);
}

/** Throws RangeError for a frame over the limit. */
export function readFrameHeader(source: Uint8Array): FrameHeader {
  const view = new DataView(source.buffer, source.byteOffset, FRAME_HEADER);
  const header = { ordinal: view.getUint32(0), codec: view.getUint8(4), length: view.getUint32(5) };
  if (header.length > LIMITS.contentFrame)
    throw new RangeError(`a content frame of ${header.length} bytes is over the limit of ${LIMITS.contentFrame}`);
  return header;
}
