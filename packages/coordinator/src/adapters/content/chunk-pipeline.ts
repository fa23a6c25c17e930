import type { ContentRequest } from "@sitewright/protocol";
import type { ChunkSource } from "../../app/ports.ts";
import { chunkFrame, failureFrame } from "./packer.ts";

/** Chunks read and packed ahead of the one that is being sent: at most 1 MiB and a bit a stream. */
const AHEAD = 4;

/** The frames of the chunks asked for, in order. A chunk that cannot be read makes a failure frame, the last one. */
export async function* chunkFrames(source: ChunkSource, ranges: ContentRequest["ranges"]): AsyncGenerator<Uint8Array> {
  const ordinals = ordinalsOf(ranges);
  const ahead: { ordinal: number; frame: Promise<Uint8Array> }[] = [];
  const readAhead = (): void => {
    while (ahead.length < AHEAD) {
      const next = ordinals.next();
      if (next.done) return;
      const frame = makeFrame(source, next.value);
      // Whoever stops early awaits none of the others, and an unheard rejection would end the process.
      frame.catch(() => undefined);
      ahead.push({ ordinal: next.value, frame });
    }
  };
  try {
    for (readAhead(); ahead.length > 0; readAhead()) {
      const { ordinal, frame } = ahead.shift() as (typeof ahead)[number];
      let ready: Uint8Array;
      try {
        ready = await frame;
      } catch (error) {
        yield failureFrame(ordinal, error);
        return;
      }
      yield ready;
    }
  } finally {
    // The source may be closed once nobody reads from it any more.
    await Promise.allSettled(ahead.map(({ frame }) => frame));
  }
}

async function makeFrame(source: ChunkSource, ordinal: number): Promise<Uint8Array> {
  return chunkFrame(ordinal, await source.read(ordinal));
}

function* ordinalsOf(ranges: ContentRequest["ranges"]): Generator<number> {
  for (const [from, to] of ranges) for (let ordinal = from; ordinal <= to; ordinal++) yield ordinal;
}
