import { FRAME_CODEC, FRAME_HEADER, isErrorCode, readFrameHeader, SitewrightError, type FrameHeader } from "@sitewright/protocol";

export interface RawFrame {
  ordinal: number;
  codec: number;
  /** In a buffer of its own, so that it can be handed to another thread. */
  bytes: Uint8Array;
}

/**
 * Cuts a content stream into frames. Throws `FRAME_INVALID` for what is none or breaks off inside one, and what the
 * coordinator says in a failure frame.
 */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<RawFrame, void> {
  const head = new Uint8Array(FRAME_HEADER);
  let headFilled = 0;
  let frame: { header: FrameHeader; bytes: Uint8Array; filled: number } | undefined;
  for await (const part of stream) {
    for (let at = 0; at < part.length;) {
      if (!frame) {
        const taken = part.subarray(at, at + FRAME_HEADER - headFilled);
        head.set(taken, headFilled);
        headFilled += taken.length;
        at += taken.length;
        if (headFilled < FRAME_HEADER) break;
        frame = begin(head);
      }
      const taken = part.subarray(at, at + frame.bytes.length - frame.filled);
      frame.bytes.set(taken, frame.filled);
      frame.filled += taken.length;
      at += taken.length;
      if (frame.filled < frame.bytes.length) break;
      const { header, bytes } = frame;
      frame = undefined;
      headFilled = 0;
      if (header.codec === FRAME_CODEC.failure) throw failureIn(bytes);
      yield { ordinal: header.ordinal, codec: header.codec, bytes };
    }
  }
  if (headFilled > 0) throw new SitewrightError("FRAME_INVALID", "the content stream ended inside a frame");
}

function begin(head: Uint8Array): { header: FrameHeader; bytes: Uint8Array; filled: number } {
  try {
    const header = readFrameHeader(head);
    return { header, bytes: new Uint8Array(header.length), filled: 0 };
  } catch (cause) {
    throw new SitewrightError("FRAME_INVALID", `the content stream is damaged: ${SitewrightError.from(cause).message}`, { cause });
  }
}

function failureIn(bytes: Uint8Array): SitewrightError {
  try {
    const { code, message, path } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof code === "string" && isErrorCode(code))
      return new SitewrightError(code, String(message), typeof path === "string" ? { path } : {});
  } catch {
    // Said below.
  }
  return new SitewrightError("FRAME_INVALID", "the content stream ended with a failure that cannot be read");
}
