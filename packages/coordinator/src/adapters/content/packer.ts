import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { FRAME_CODEC, FRAME_HEADER, SitewrightError, writeFrameHeader } from "@sitewright/protocol";
import type { ChunkBytes } from "../../app/ports.ts";

/** zstd, in the thread pool. */
const compress = promisify(zstdCompress);
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
/** Unpacking costs the agent time: it has to pay by at least this much. */
const WORTHWHILE = 0.95;

/** One frame with a chunk, packed where that makes it smaller. */
export async function chunkFrame(ordinal: number, { bytes, compressible }: ChunkBytes): Promise<Uint8Array> {
  const packed = compressible ? await compress(bytes, LEVEL) : undefined;
  if (packed && packed.length < bytes.length * WORTHWHILE) return frame(ordinal, FRAME_CODEC.zstd, packed);
  return frame(ordinal, FRAME_CODEC.raw, bytes);
}

/** The last frame of a stream that cannot go on. */
export function failureFrame(ordinal: number, error: unknown): Uint8Array {
  const { code, message, path } = SitewrightError.from(error);
  return frame(ordinal, FRAME_CODEC.failure, Buffer.from(JSON.stringify({ code, message, path })));
}

function frame(ordinal: number, codec: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(FRAME_HEADER + bytes.length);
  writeFrameHeader(whole, { ordinal, count: 1, codec, length: bytes.length });
  whole.set(bytes, FRAME_HEADER);
  return whole;
}
