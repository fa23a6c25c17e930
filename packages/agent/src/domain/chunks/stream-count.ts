/** Joint rate of an order's streams while all of them had work. */
export interface StreamSample {
  streams: number;
  /** Bytes per second. */
  rate: number;
}

export interface StreamHistory {
  /** Time from opening a stream to its answer. */
  roundTripMs: number;
  /** Oldest first; each about a second. */
  samples: readonly StreamSample[];
}

/** The limit of a coordinator per order. */
export const MOST_STREAMS = 8;
const FIRST_STREAMS = 2;
/** On a short line more than the agent has threads gain nothing, and take a megabyte of the coordinator each. */
const MOST_ON_SHORT = 4;
/** Above this one stream rarely fills a line: each lost packet costs it many round trips. */
const LONG_ROUND_TRIP_MS = 20;
const LONG_STREAMS = 4;
/** A further stream must raise the rate by this factor. */
const GAIN = 1.1;
/** Bytes per second, below which a further stream costs a line more than it brings: its connection takes some 5 KB. */
const WORTHWHILE = 32 * 1024;
/** Samples until a change is judged: on a long line, the time before the first loss says little. */
const JUDGED_AFTER = { short: 1, long: 4 };
/** After this many samples with fewer streams it is tried again whether more help: lines change. */
const HOLD = 30;

/** How many past samples the next decision may use. */
export const HISTORY_SAMPLES: number = 2 * HOLD;

export function isLongLine(roundTripMs: number): boolean {
  return roundTripMs > LONG_ROUND_TRIP_MS;
}

/** How many streams to have next: more as long as that raises the rate, else the former number. */
export function nextStreamCount({ roundTripMs, samples }: StreamHistory): number {
  const isLong = isLongLine(roundTripMs);
  const now = samples.at(-1);
  if (!now) return isLong ? LONG_STREAMS : FIRST_STREAMS;
  if (now.rate < WORTHWHILE) return now.streams;
  const more = isLong ? Math.min(MOST_STREAMS, now.streams * 2) : Math.min(MOST_ON_SHORT, now.streams + 1);
  const changed = samples.findLastIndex((sample) => sample.streams !== now.streams);
  const before = samples[changed];
  if (!before) return more;
  const since = samples.length - 1 - changed;
  if (before.streams > now.streams) {
    if (before.rate >= now.rate * GAIN) return before.streams;
    return since >= HOLD ? more : now.streams;
  }
  const judged = isLong ? JUDGED_AFTER.long : JUDGED_AFTER.short;
  if (since !== judged) return since < judged ? now.streams : more;
  return now.rate >= before.rate * GAIN ? more : before.streams;
}
