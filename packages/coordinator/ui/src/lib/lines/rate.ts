import { ENDED, countsContent, type WaitReason } from "@sitewright/protocol";
import type { Phase } from "@sitewright/protocol/api";
import { settledBytes } from "../content-bar.ts";

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

const ELSEWHERE: ReadonlySet<WaitReason | undefined> = new Set([
  "agent-offline",
  "agent-inventory",
  "objects-undecided",
  "window-closed",
  "address-paused",
]);

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

/** The key of the line that a phase's bytes cross; empty: the coordinator's own network. */
export function lineOf(phase: Phase): string {
  return phase.address ?? "";
}

/** Current progress of each line of a run. */
export function sampleLines(phases: readonly Phase[], at: number): Map<string, Sample> {
  const lines = new Map<string, Sample>();
  for (const phase of phases) {
    const line = lines.get(lineOf(phase)) ?? { at, wire: 0, settled: 0 };
    line.wire += phase.wireBytes;
    line.settled += settledBytes(phase);
    lines.set(lineOf(phase), line);
  }
  return lines;
}

/**
 * Seconds until the slowest line completes at its present rate; undefined while unknown. What waits for disconnected agents, or for an
 * address, is left out, because it does not depend on this rate.
 */
export function secondsLeft(phases: readonly Phase[], rates: ReadonlyMap<string, Rate | undefined>): number | undefined {
  const remaining = new Map<string, number>();
  for (const phase of phases) {
    if (ENDED.has(phase.state) || !countsContent(phase) || ELSEWHERE.has(phase.waitingFor)) continue;
    const left = phase.sourceBytes - settledBytes(phase);
    if (left > 0) remaining.set(lineOf(phase), (remaining.get(lineOf(phase)) ?? 0) + left);
  }
  if (remaining.size === 0) return undefined;
  const times = [...remaining].map(([line, bytes]) => bytes / (rates.get(line)?.settled ?? 0));
  const longest = Math.max(...times);
  return Number.isFinite(longest) ? longest : undefined;
}
