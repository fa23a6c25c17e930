import type { EndedCase, Measure } from "../case.ts";
import { strain } from "../measure.ts";

/** One line: `{"cases":[{"name","ours","peer","ratio","goal","met",...}]}`; the three numbers are null where the case could not run. */
export function renderJson(ended: readonly EndedCase[]): string {
  const cases = ended.map(({ case: { name, goal }, measures, facts, reason }) => {
    const worst = measures && leading(measures);
    return {
      name,
      ours: worst?.ours ?? null,
      peer: worst?.peer ?? null,
      ratio: worst?.ratio ?? null,
      goal,
      met: measures?.every(({ met }) => met) ?? false,
      ...(worst && { what: worst.what, unit: worst.unit }),
      ...(measures && { measures, facts }),
      ...(reason !== undefined && { reason }),
    };
  });
  return JSON.stringify({ cases });
}

/** The measure that represents its case: the one furthest from its goal, so that no good number hides a bad one. */
function leading(measures: readonly Measure[]): Measure | undefined {
  return measures.toSorted((a, b) => strain(b) - strain(a))[0];
}
