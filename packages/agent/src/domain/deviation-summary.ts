import { LIMITS, type Deviation, type VerifyReport } from "@sitewright/protocol";

const KINDS: readonly Deviation["kind"][] = ["missing", "extra", "damaged", "rights"];
/** Paths that each kind has a place for, however many there are of the others. */
const OF_EACH = LIMITS.deviations / KINDS.length;

/** What a report says of deviations: how many of each kind, and the first paths, of which no kind crowds out another. */
export function summarizeDeviations(all: readonly Deviation[]): Pick<VerifyReport, "deviations" | "deviationCount" | "counts"> {
  const byKind = Map.groupBy(all, ({ kind }) => kind);
  const of = (kind: Deviation["kind"]): readonly Deviation[] => byKind.get(kind) ?? [];
  const sure = KINDS.flatMap((kind) => of(kind).slice(0, OF_EACH));
  const more = KINDS.flatMap((kind) => of(kind).slice(OF_EACH)).slice(0, LIMITS.deviations - sure.length);
  const listed = new Set([...sure, ...more]);
  return {
    deviations: all.filter((deviation) => listed.has(deviation)),
    deviationCount: all.length,
    counts: {
      missing: of("missing").length,
      extra: of("extra").length,
      damaged: of("damaged").length,
      rights: of("rights").length,
    },
  };
}
