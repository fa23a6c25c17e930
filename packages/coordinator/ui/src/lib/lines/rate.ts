import type { RunGroup } from "@sitewright/protocol/api";

/** Progress of one line at a moment. */
export interface Sample {
  /** ms since 1970. */
  at: number;
  /** Bytes sent over it. */
  wire: number;
  /** Bytes of source that are settled. */
  settled: number;
}

/** Both in bytes per second. */
export interface Rate {
  wire: number;
  settled: number;
}

/** ms that a rate looks back. */
const WINDOW = 10_000;
/** Shorter intervals are not used, ms. */
const LEAST = 900;

/** The samples of the last ten seconds; after lowered counters (a restarted coordinator) they start again. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && (sample.wire < last.wire || sample.settled < last.settled)) return [sample];
  return [...samples.filter(({ at }) => at > sample.at - WINDOW - LEAST), sample];
}

export function rateOf(samples: readonly Sample[]): Rate | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < LEAST) return undefined;
  const seconds = (last.at - first.at) / 1000;
  return { wire: (last.wire - first.wire) / seconds, settled: (last.settled - first.settled) / seconds };
}

/** Current progress of each line of a run. */
export function sampleLines(lines: readonly RunGroup[], at: number): Map<string, Sample> {
  return new Map(lines.map(({ key, totals, settledBytes }) => [key, { at, wire: totals.wireBytes, settled: settledBytes }]));
}

/**
 * Seconds until the slowest line completes at its present rate; undefined while unknown. What waits for disconnected agents, or for an
 * address, is left out, because it does not depend on this rate.
 */
export function secondsLeft(lines: readonly RunGroup[], rates: ReadonlyMap<string, Rate | undefined>): number | undefined {
  const remaining = lines.filter(({ leftBytes }) => leftBytes > 0);
  if (remaining.length === 0) return undefined;
  const longest = Math.max(...remaining.map(({ key, leftBytes }) => leftBytes / (rates.get(key)?.settled ?? 0)));
  return Number.isFinite(longest) ? longest : undefined;
}
