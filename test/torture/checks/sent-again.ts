/** A staging as it was seen from outside; times in ms. */
export interface Staging {
  id: string;
  system: string;
  /** Last time at which it was known not to run, and first time at which it was known to have ended. */
  from: number;
  to: number;
  /** Bytes of its content, all of which may have to be sent; of its manifest; and what was sent. */
  sourceBytes: number;
  manifestBytes: number;
  wireBytes: number;
}

/** Something that broke what was in transit. Without a system: to all of them. */
export interface Interruption {
  at: number;
  system?: string;
  /** What was staged may have to be sent again as a whole. */
  losesAll?: true;
}

const MIB = 1024 * 1024;
/** Of content that cannot be compressed: frames, names of chunks. */
const FRAMING = 1.02;

/** Stagings for which more was sent than their content once, and 1 MiB for each interruption. */
export function sentAgain(stagings: readonly Staging[], interruptions: readonly Interruption[]): string[] {
  return stagings.flatMap(({ id, system, from, to, sourceBytes, manifestBytes, wireBytes }) => {
    const met = interruptions.filter((one) => one.at >= from && one.at <= to && (one.system === undefined || one.system === system));
    const [count, losses] = [met.length, met.filter(({ losesAll }) => losesAll).length];
    const most = sourceBytes * FRAMING * (1 + losses) + manifestBytes * (1 + count) + MIB * count + 64 * 1024;
    if (wireBytes <= most) return [];
    return [`${id} on ${system}: ${wireBytes} bytes were sent for ${sourceBytes}, with ${count} interruptions`];
  });
}
