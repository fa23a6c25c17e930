import type { Measure } from "../case.ts";
import { strain } from "../measure.ts";

/** The measure that stands for its case: the one furthest from its goal, so that no good number hides a bad one. */
export function leading(measures: readonly Measure[]): Measure | undefined {
  return measures.toSorted((a, b) => strain(b) - strain(a))[0];
}
