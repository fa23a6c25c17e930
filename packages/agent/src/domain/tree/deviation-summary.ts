import { DEVIATION_KINDS, LIMITS, type Deviation, type VerifyReport } from "@sitewright/protocol";

/** Paths that each kind has a place for, however many there are of the others. */
const OF_EACH = LIMITS.deviations / DEVIATION_KINDS.length;

type Summary = Pick<VerifyReport, "deviations" | "deviationCount" | "counts">;

/** What a report says of deviations: how many of each kind, and the first paths, of which no kind crowds out another. */
export interface DeviationSummary {
  add(deviation: Deviation): void;
  /** How many there are by now. */
  count(): number;
  summary(): Summary;
}

/** Holds as many paths as may be named, however many there are. */
export function createDeviationSummary(): DeviationSummary {
  const counts = { missing: 0, extra: 0, damaged: 0, rights: 0 };
  const first: Deviation[] = [];
  let count = 0;
  return {
    add(deviation) {
      count += 1;
      counts[deviation.kind] += 1;
      if (counts[deviation.kind] <= LIMITS.deviations) first.push(deviation);
    },
    count: () => count,
    summary() {
      const of = (kind: Deviation["kind"]) => first.filter((deviation) => deviation.kind === kind);
      const sure = DEVIATION_KINDS.flatMap((kind) => of(kind).slice(0, OF_EACH));
      const more = DEVIATION_KINDS.flatMap((kind) => of(kind).slice(OF_EACH)).slice(0, LIMITS.deviations - sure.length);
      const listed = new Set([...sure, ...more]);
      return { deviations: first.filter((deviation) => listed.has(deviation)), deviationCount: count, counts };
    },
  };
}
