/** What an order's streams brought together while all of them had work. */
export interface StreamSample {
  streams: number;
  /** Bytes per second. */
  rate: number;
}

export interface StreamHistory {
  /** Between asking for a stream and its answer. */
  roundTripMs: number;
  /** Oldest first; each about a second. */
  samples: readonly StreamSample[];
}

/** As many as a coordinator allows an order. */
export const MOST_STREAMS = 8;
const FIRST_STREAMS = 2;
/** From here on one stream alone rarely fills a line: each lost packet costs it many such times. */
const LONG_ROUND_TRIP_MS = 20;
const LONG_STREAMS = 4;
/** A further stream must raise the rate so much. */
const GAIN = 1.1;
/** After so many samples with fewer streams it is tried again whether more help: lines change. */
const HOLD = 30;

/** How many samples the next decision may look back at. */
export const HISTORY_SAMPLES: number = 2 * HOLD;

/** How many streams to have next: more as long as more bring more, else what there were before. */
export function nextStreamCount({ roundTripMs, samples }: StreamHistory): number {
  const isLong = roundTripMs > LONG_ROUND_TRIP_MS;
  const now = samples.at(-1);
  if (!now) return isLong ? LONG_STREAMS : FIRST_STREAMS;
  const more = Math.min(MOST_STREAMS, isLong ? now.streams * 2 : now.streams + 1);
  const changed = samples.findLastIndex((sample) => sample.streams !== now.streams);
  const before = samples[changed];
  if (!before) return more;
  if (before.streams > now.streams) return samples.length - 1 - changed >= HOLD ? more : now.streams;
  if (samples.length - 1 - changed > 1) return more;
  return now.rate >= before.rate * GAIN ? more : before.streams;
}
