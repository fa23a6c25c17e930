import { LIMITS, type Deviation, type VerifyReport } from "@sitewright/protocol";

const KINDS: readonly Deviation["kind"][] = ["missing", "extra", "damaged", "rights"];
/** Paths that each kind has a place for, however many there are of the others. */
const OF_EACH = LIMITS.deviations / KINDS.length;

/** Counts deviations as they are found, and keeps as many as a report may name. */
export interface DeviationNotes {
  add(deviation: Deviation): void;
  readonly count: number;
  /** How many of each kind, and the first paths, of which no kind crowds out another. */
  summary(): Pick<VerifyReport, "deviations" | "deviationCount" | "counts">;
}

export function createDeviationNotes(): DeviationNotes {
  const kept: Deviation[] = [];
  const counts = { missing: 0, extra: 0, damaged: 0, rights: 0 };
  let count = 0;
  return {
    add(deviation) {
      count += 1;
      counts[deviation.kind] += 1;
      if (counts[deviation.kind] <= LIMITS.deviations) kept.push(deviation);
    },
    get count() {
      return count;
    },
    summary() {
      const byKind = Map.groupBy(kept, ({ kind }) => kind);
      const of = (kind: Deviation["kind"]): readonly Deviation[] => byKind.get(kind) ?? [];
      const sure = KINDS.flatMap((kind) => of(kind).slice(0, OF_EACH));
      const more = KINDS.flatMap((kind) => of(kind).slice(OF_EACH)).slice(0, LIMITS.deviations - sure.length);
      const listed = new Set([...sure, ...more]);
      return { deviations: kept.filter((deviation) => listed.has(deviation)), deviationCount: count, counts };
    },
  };
}
