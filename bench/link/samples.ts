import type { Readable } from "node:stream";

/** How many IP bytes had crossed at a moment. */
export interface Sample {
  /** ms since 1970, with fractions. */
  at: number;
  bytes: number;
}

/** Counts since the start, a few ms apart. */
export interface Samples {
  /** Those from `from` (ms since 1970) on. */
  since(from: number): Sample[];
}

const WINDOW_MS = 1000;

/** From lines `ms bytes`. */
export function readSamples(lines: Readable | null): Samples {
  const samples: Sample[] = [];
  let rest = "";
  lines?.setEncoding("utf8").on("data", (text: string) => {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    for (const line of all) {
      const [at = 0, bytes = 0] = line.split(" ").map(Number);
      samples.push({ at, bytes });
    }
  });
  return { since: (from) => samples.filter(({ at }) => at >= from) };
}

/** Bit/s in every second that begins with a sample, with that beginning. */
export function windowRates(samples: readonly Sample[]): { from: number; rate: number }[] {
  const rates = [];
  let end = 0;
  for (const { at, bytes } of samples) {
    while (end < samples.length && (samples[end]?.at ?? 0) < at + WINDOW_MS) end += 1;
    const [before, after] = [samples[end - 1], samples[end]];
    if (!before || !after) break;
    // Between two close samples the rate is taken as constant.
    const part = (at + WINDOW_MS - before.at) / (after.at - before.at);
    rates.push({ from: at, rate: (before.bytes + (after.bytes - before.bytes) * part - bytes) * 8 });
  }
  return rates;
}

/** The samples between the moments at which these shares of all bytes had crossed. */
export function middlePart(samples: readonly Sample[], from: number, to: number): Sample[] {
  const first = samples[0]?.bytes ?? 0;
  const all = (samples.at(-1)?.bytes ?? 0) - first;
  return samples.filter(({ bytes }) => bytes - first >= all * from && bytes - first <= all * to);
}

/** Bit/s from the first to the last. */
export function meanRate(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at === first.at) return 0;
  return ((last.bytes - first.bytes) * 8000) / (last.at - first.at);
}
