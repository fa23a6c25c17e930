import { FRAME_HEADER, LARGEST_CHUNK } from "@sitewright/protocol";

/** Bytes of a frame's content, unless one chunk has more. */
export const FRAME = 256 * 1024;
/** So many frames are made or on their way out at once; streams wait for each other. */
const BUFFERS = 16;

/** Memory for frames, that all streams share: many may be open, as long as few send at the same time. */
export interface FrameBuffers {
  take(): Promise<Buffer>;
  giveBack(buffer: Buffer): void;
}

export function createFrameBuffers(count = BUFFERS): FrameBuffers {
  const free: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let made = 0;
  return {
    async take() {
      const known = free.pop();
      if (known) return known;
      if (made >= count) return new Promise((resolve) => waiting.push(resolve));
      made += 1;
      return Buffer.allocUnsafeSlow(FRAME_HEADER + FRAME + LARGEST_CHUNK);
    },
    giveBack(buffer) {
      const next = waiting.shift();
      if (next) next(buffer);
      else free.push(buffer);
    },
  };
}
