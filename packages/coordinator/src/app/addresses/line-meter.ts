import type { LivePublisher } from "../live/live-view.ts";

/** Current traffic of the lines, published four times per second while there is any. */
export interface LineMeter {
  /** IP bytes crossed the line of an address. Heartbeats alone are not published: every line has them, all the time. */
  used(use: { address: string; bytes: number; isBeat?: boolean }): void;
  /** Over the last second, bit/s. */
  rate(address: string): number;
  stop(): void;
}

/** Between two readings, ms. */
const READING_MS = 250;
/** Readings of a second. */
const KEPT = 4;

export function createLineMeter(live: Pick<LivePublisher, "rates">): LineMeter {
  /** IP bytes by address: since the last reading, then of the readings before, newest first. */
  const lines = new Map<string, number[]>();
  let timer: NodeJS.Timeout | undefined;

  function rate(address: string): number {
    const [, ...readings] = lines.get(address) ?? [];
    return Math.round((readings.reduce((sum, bytes) => sum + bytes, 0) * 8 * 1000) / (KEPT * READING_MS));
  }

  function read(): void {
    for (const readings of lines.values()) {
      readings.unshift(0);
      readings.length = Math.min(readings.length, KEPT + 1);
    }
    live.rates(Object.fromEntries([...lines.keys()].map((address) => [address, rate(address)])));
    // Idle lines were published with zero before.
    for (const [address, readings] of lines) if (readings.every((bytes) => bytes === 0)) lines.delete(address);
    if (lines.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    used({ address, bytes, isBeat = false }) {
      const readings = lines.get(address);
      if (isBeat && !readings?.some((before) => before > 0)) return;
      if (readings) readings[0] = (readings[0] ?? 0) + bytes;
      else lines.set(address, [bytes]);
      timer ??= setInterval(read, READING_MS);
    },
    rate,
    stop: () => clearInterval(timer),
  };
}
