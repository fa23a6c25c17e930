import { readFileSync } from "node:fs";
import type { MemorySample } from "./checks/memory.ts";
import type { World } from "./world/world.ts";

const SAMPLE_MS = 2_000;
/** A program that has just started is smaller than usual, ms. */
const GROWN_UP_MS = 4_000;

/** Resident memory of all programs while it is watched. */
export function watchMemory(world: World): { stop(): MemorySample[] } {
  const samples: MemorySample[] = [];
  const firstSeen = new Map<number, number>();
  const timer = setInterval(() => {
    for (const { name, pid } of world.victims.values()) {
      const number = pid();
      const bytes = number === undefined ? undefined : residentBytes(number);
      if (number === undefined || bytes === undefined) continue;
      if (!firstSeen.has(number)) firstSeen.set(number, Date.now());
      if (Date.now() - (firstSeen.get(number) ?? 0) >= GROWN_UP_MS) samples.push({ name, bytes });
    }
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

function residentBytes(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  } catch {
    return undefined; // It has ended.
  }
}
