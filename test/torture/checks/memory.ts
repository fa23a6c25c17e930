export interface MemorySample {
  /** Name of the program: all its processes, one after the other, count together. */
  name: string;
  /** Resident bytes. */
  bytes: number;
}

/** What a program may need more at the end than after its first third, and what it may need at all, bytes. */
const GROWTH = 1.3;
const ALLOWANCE = 48 * 1024 * 1024;
const MOST = 700 * 1024 * 1024;
/** With fewer samples a program has not reached its usual size in the first third. */
const LEAST_SAMPLES = 120;

/** Programs that grew: their usual size in the last third of the time is far above that of the first. Samples in the order of time. */
export function grown(samples: readonly MemorySample[]): string[] {
  return [...Map.groupBy(samples, ({ name }) => name)].flatMap(([name, of]) => {
    const sizes = of.map(({ bytes }) => bytes);
    const third = Math.ceil(sizes.length / 3);
    const [first, last] = [median(sizes.slice(0, third)), median(sizes.slice(-third))];
    const most = Math.max(...sizes);
    return [
      ...(sizes.length >= LEAST_SAMPLES && last > first * GROWTH + ALLOWANCE ? [`${name} grew from ${mib(first)} to ${mib(last)}`] : []),
      ...(most > MOST ? [`${name} had ${mib(most)}`] : []),
    ];
  });
}

/** Usual and largest size of each program, for the output. */
export function sizes(samples: readonly MemorySample[]): string {
  return [...Map.groupBy(samples, ({ name }) => name)]
    .map(([name, of]) => `${name} ${mib(median(of.map(({ bytes }) => bytes)))} (${mib(Math.max(...of.map(({ bytes }) => bytes)))})`)
    .join(", ");
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
