import { FRAME_HEADER, LARGEST_CHUNK } from "@sitewright/protocol";

/** Bytes of a frame's content, unless one chunk has more. */
export const FRAME = 256 * 1024;
/** Limit of frames in progress; streams wait for each other. */
const BUFFERS = 16;

/** Limit per neighbour, so that a slow one does not delay the others. */
const OF_ONE = 4;

/** Memory for frames, shared by all streams: many may be open, as long as few send at the same time. */
export interface FrameBuffers {
  /** @param neighbour For whom. */
  take(neighbour: string): Promise<Buffer>;
  giveBack(buffer: Buffer, neighbour: string): void;
}

export function createFrameBuffers(count = BUFFERS, ofOne = OF_ONE): FrameBuffers {
  const free: Buffer[] = [];
  const waiting: { neighbour: string; resolve: (buffer: Buffer) => void }[] = [];
  const taken = new Map<string, number>();
  let made = 0;

  const mayTake = (neighbour: string): boolean => (taken.get(neighbour) ?? 0) < ofOne;

  function note(neighbour: string, change: number): void {
    const now = (taken.get(neighbour) ?? 0) + change;
    if (now === 0) taken.delete(neighbour);
    else taken.set(neighbour, now);
  }

  /** A free one, or a new one below the limit. */
  function next(): Buffer | undefined {
    const known = free.pop();
    if (known || made >= count) return known;
    made += 1;
    return Buffer.allocUnsafeSlow(FRAME_HEADER + FRAME + LARGEST_CHUNK);
  }

  return {
    async take(neighbour) {
      const buffer = mayTake(neighbour) ? next() : undefined;
      if (!buffer) return new Promise((resolve) => waiting.push({ neighbour, resolve }));
      note(neighbour, 1);
      return buffer;
    },
    giveBack(buffer, neighbour) {
      note(neighbour, -1);
      free.push(buffer);
      const at = waiting.findIndex((one) => mayTake(one.neighbour));
      const one = at < 0 ? undefined : waiting.splice(at, 1)[0];
      const given = one && next();
      if (!one || !given) return;
      note(one.neighbour, 1);
      one.resolve(given);
    },
  };
}
