import type { Window } from "@sitewright/protocol";

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const HOURS = 24;
const CELLS = 168;

/** An hour of the week as people say it: `Monday 08 to 09`. */
export function cellName(cell: number): string {
  const hour = cell % HOURS;
  return `${DAYS[Math.floor(cell / HOURS)] ?? ""} ${two(hour)} to ${two(hour + 1)}`;
}

/** The schedule with every hour between two corners painted. */
export function paintBetween(schedule: readonly Window[], from: number, to: number, window: Window): Window[] {
  const days = [Math.floor(from / HOURS), Math.floor(to / HOURS)].sort((a, b) => a - b);
  const hours = [from % HOURS, to % HOURS].sort((a, b) => a - b);
  const within = (value: number, [low = 0, high = 0]: number[]) => value >= low && value <= high;
  return schedule.map((before, cell) => (within(Math.floor(cell / HOURS), days) && within(cell % HOURS, hours) ? window : before));
}

/** The cell that a key leads to; undefined: none. On a narrow screen days are side by side. */
export function cellAfter(cell: number, key: string, daysAcross: boolean): number | undefined {
  const steps: Record<string, number> = daysAcross
    ? { ArrowRight: HOURS, ArrowLeft: -HOURS, ArrowDown: 1, ArrowUp: -1 }
    : { ArrowRight: 1, ArrowLeft: -1, ArrowDown: HOURS, ArrowUp: -HOURS };
  if (key === "Home") return cell - (cell % HOURS);
  if (key === "End") return cell - (cell % HOURS) + HOURS - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  const next = cell + step;
  const staysOnDay = Math.abs(step) > 1 || Math.floor(next / HOURS) === Math.floor(cell / HOURS);
  return next >= 0 && next < CELLS && staysOnDay ? next : cell;
}

export function two(hour: number): string {
  return String(hour).padStart(2, "0");
}
