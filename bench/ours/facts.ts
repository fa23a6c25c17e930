import type { Measure } from "../case.ts";
import { compare, median, ratioAtMost } from "../measure.ts";
import type { Copied } from "../peers/rsync.ts";
import type { Measured } from "./bed.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Processor time per GiB (medians) and the most memory of both our processes, as lines to print. */
export function usageFacts(orders: readonly Measured[], bytes: number): string[] {
  const sides = (["coordinator", "agent"] as const).map((side) => {
    const cpu = median(orders.map(({ use }) => use[side].cpuSeconds)) / (bytes / GIB);
    const peak = Math.max(...orders.map(({ use }) => use[side].peakBytes)) / MIB;
    return `${side} ${cpu.toFixed(2)} s of processor time per GiB, at most ${peak.toFixed(0)} MiB of memory`;
  });
  return [`ours: ${sides.join("; ")}`];
}

/** What decides where other work takes a part of the processors. */
const CPU_RATIO = 1.2;

export function compareCpu(what: string, orders: readonly Measured[], copies: readonly Copied[]): Measure {
  const ours = orders.map(({ use }) => use.coordinator.cpuSeconds + use.agent.cpuSeconds);
  const peer = copies.map(({ cpuSeconds }) => cpuSeconds);
  return compare({ what, unit: "s" }, ours, peer, ratioAtMost(CPU_RATIO));
}

export const indexFact = (seconds: number, { files, bytes }: { files: number; bytes: number }): string =>
  `ours: indexing ${files} files, ${(bytes / 1e6).toFixed(1)} MB, took ${seconds.toFixed(2)} s, before and beside what is measured`;
