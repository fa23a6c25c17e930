import type { RunRecord } from "./ports.ts";

/**
 * Runs to remove: complete ones beyond the newest `keep`, and partial and failed ones that are older than the oldest complete one kept. The
 * newest complete run always stays.
 * @param runs Newest first.
 */
export function surplusRuns(runs: readonly RunRecord[], keep: number): string[] {
  const complete = runs.filter(({ state }) => state === "complete").slice(0, Math.max(1, keep));
  const oldest = complete.at(-1);
  if (!oldest) return [];
  return runs.filter((one) => !complete.includes(one) && one.began < oldest.began).map(({ run }) => run);
}
