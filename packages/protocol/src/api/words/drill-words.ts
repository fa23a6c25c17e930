import type { DrillAlternative, DrillReport, Rehearsal, SiteRehearsal } from "../recovery/drills.ts";
import { openWords } from "./forecast-words.ts";
import { formatHour, formatSeconds, formatWindowWait } from "./format.ts";

const ASSUMED: Record<DrillAlternative["kind"], (names: string) => string> = {
  "second-line": (line) => `a second line beside ${line}`,
  neighbours: (systems) => `neighbours bring what they have: ${systems}`,
  "reserve-dp": (systems) => `reserve DP: ${systems}`,
};

/** What an alternative assumes. */
export function assumedWords({ kind, names }: Pick<DrillAlternative, "kind" | "names">): string {
  return ASSUMED[kind](names.join(", "));
}

/** When all is served, or why that is not known. */
export function drillEndWords({ endsAt, open, sites }: Rehearsal, { start, timeZone }: DrillReport): string {
  const untimed = sites.filter((site) => site.open === "no-rate").map(({ site }) => site);
  if (endsAt === undefined) return `the end cannot be forecast: ${open === undefined ? "nothing of it can be served" : openWords(open)}`;
  const without = untimed.length > 0 ? ` (without ${untimed.join(", ")}, of whose lines no rate is known: assume one)` : "";
  return `all served by ${formatHour(endsAt, timeZone, start)}, after ${duration(endsAt - start)}${without}`;
}

/** What the end depends on. */
export function bottleneckWords({ bottleneck, rehearsal }: DrillReport): string {
  if (bottleneck?.kind === "line") return `the bottleneck is the line ${bottleneck.line}`;
  if (bottleneck) return `the bottleneck is the schedule of ${bottleneck.line}: more than half of the time it is closed`;
  return rehearsal.endsAt === undefined ? "no bottleneck can be named" : "no line keeps it back";
}

/** The window that a site waits for, and why its end is not known. */
export function siteNoteWords({ open, waits }: SiteRehearsal, start: number): string {
  return [...(waits ? [formatWindowWait(waits, start)] : []), ...(open === undefined ? [] : [openWords(open)])].join("; ");
}

/** `POR 1:12 -> 0:03`: sites that are over at another time than without. */
export function changedSitesWords({ sites }: Rehearsal, { rehearsal, start }: DrillReport): string {
  const without = new Map(rehearsal.sites.map(({ site, endsAt }) => [site, endsAt]));
  const changed = sites.flatMap(({ site, endsAt }) => {
    const before = without.get(site);
    if (before === undefined || endsAt === undefined || Math.abs(before - endsAt) < 1000) return [];
    return [`${site} ${duration(before - start)} -> ${duration(endsAt - start)}`];
  });
  return changed.join(", ");
}

export function savedWords(savedMs: number | undefined): string {
  if (savedMs === undefined) return "-";
  return savedMs >= 1000 ? duration(savedMs) : savedMs <= -1000 ? `-${duration(-savedMs)}` : "nothing";
}

function duration(ms: number): string {
  return formatSeconds(ms / 1000);
}
