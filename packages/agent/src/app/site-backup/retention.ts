import type { RunRecord } from "./ports.ts";

/** How many complete runs are kept. A run that one of the rules keeps stays. */
export interface Retention {
  /** The newest ones; at least one. */
  last: number;
  /** How many days, weeks and months that have a run keep their newest one. */
  daily: number;
  weekly: number;
  monthly: number;
}

/**
 * Runs to remove: complete ones that no rule keeps, and partial and failed ones that are older than the newest complete ones that are kept as
 * such. The newest complete run always stays, and so do archived ones.
 * @param runs Newest first. @param archived Ids of runs that a person keeps.
 */
export function surplusRuns(runs: readonly RunRecord[], rules: Retention, archived: ReadonlySet<string> = new Set()): string[] {
  const complete = runs.filter(({ state }) => state === "complete");
  const last = complete.slice(0, Math.max(1, rules.last));
  const oldest = last.at(-1);
  if (!oldest) return [];
  const kept = new Set([
    ...last,
    ...newestOf(complete, rules.daily, dayOf),
    ...newestOf(complete, rules.weekly, weekOf),
    ...newestOf(complete, rules.monthly, monthOf),
  ]);
  return runs.filter((one, at) => !kept.has(one) && !archived.has(one.run) && at > runs.indexOf(oldest)).map(({ run }) => run);
}

/** The newest run of each of the newest `count` periods. */
function newestOf(runs: readonly RunRecord[], count: number, periodOf: (began: number) => string): RunRecord[] {
  const newest = new Map<string, RunRecord>();
  for (const one of runs) if (!newest.has(periodOf(one.began))) newest.set(periodOf(one.began), one);
  return [...newest.values()].slice(0, count);
}

// By the calendar of this machine, as the schedule.
function dayOf(began: number): string {
  return new Date(began).toDateString();
}

function weekOf(began: number): string {
  const monday = new Date(began);
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7));
  return monday.toDateString();
}

function monthOf(began: number): string {
  const at = new Date(began);
  return `${at.getFullYear()} ${at.getMonth()}`;
}
