import type { DeviationCounts, VerifyReport } from "../src/orders.ts";

/** The report of a verification: no differences by default. */
export function aReport({ counts = {}, ...report }: Partial<Omit<VerifyReport, "counts">> & { counts?: Partial<DeviationCounts> } = {}) {
  const all = { missing: 0, extra: 0, damaged: 0, rights: 0, ...counts };
  const deviationCount = Object.values(all).reduce((sum, count) => sum + count, 0);
  const whole = { absent: false, stale: false, files: 1, bytes: 1, deviations: [], deviationCount, counts: all, ...report };
  return { kind: "verified" as const, right: deviationCount === 0 && !whole.absent, ...whole };
}
