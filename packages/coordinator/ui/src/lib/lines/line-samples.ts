/** Traffic and budget of a line at a moment. */
export interface LineSample {
  /** ms since 1970. */
  at: number;
  /** bit/s. */
  rate: number;
  /** bit/s; undefined: unlimited. */
  budget: number | undefined;
}

/** ms that a chart looks back. */
export const CHART_SPAN = 120_000;

/** With one more sample, without those that no chart shows; one older sample is kept, because the line begins there. */
export function addLineSample(samples: readonly LineSample[], sample: LineSample): LineSample[] {
  const from = samples.findLastIndex(({ at }) => at <= sample.at - CHART_SPAN);
  return [...samples.slice(Math.max(0, from)), sample];
}

/** Where a scale ends, by powers of ten. */
const ENDS = [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10];

/** End of a scale with some space above the maximum, a round number of bit/s; 1 kbit/s at least. */
export function chartTop(samples: readonly LineSample[], budget: number | undefined): number {
  const largest = Math.max(900, budget ?? 0, ...samples.map((sample) => Math.max(sample.rate, sample.budget ?? 0))) * 1.04;
  const power = 10 ** Math.floor(Math.log10(largest));
  return Math.round((ENDS.find((end) => end * power >= largest) ?? 10) * power);
}

/**
 * A step line as an SVG path: each value holds until the next sample, the last one until now. Undefined values are gaps.
 * @param size Of the picture; time runs to the right, values upwards.
 */
export function stepPath(
  samples: readonly { at: number; value: number | undefined }[],
  now: number,
  top: number,
  size: { width: number; height: number },
): string {
  const x = (at: number) => round(Math.max(0, 1 - (now - at) / CHART_SPAN) * size.width);
  const y = (value: number) => round((1 - value / top) * size.height);
  let path = "";
  let isOpen = false;
  for (const [i, { at, value }] of samples.entries()) {
    if (value === undefined) isOpen = false;
    else {
      path += `${isOpen ? "V" : `M${x(at)} `}${y(value)}H${x(samples[i + 1]?.at ?? now)}`;
      isOpen = true;
    }
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
