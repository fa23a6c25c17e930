import {
  formatBytes,
  formatHour,
  formatSeconds,
  formatWindowWait,
  openWords,
  type DrillAlternative,
  type DrillReport,
  type Rehearsal,
  type SiteRehearsal,
} from "@sitewright/protocol/api";
import { renderTable } from "./table.ts";

/** What an alternative assumes. */
const ASSUMED: Record<DrillAlternative["kind"], (names: string) => string> = {
  "second-line": (line) => `a second line beside ${line}`,
  neighbours: (systems) => `neighbours bring what they have: ${systems}`,
  "reserve-dp": (systems) => `reserve DP: ${systems}`,
};

/** The whole, a line for each site, what the end depends on, and what would change it. Times are those of the drill's clocks. */
export function renderDrill(report: DrillReport): string {
  const { start, timeZone, lost, rehearsal, alternatives, unknown, sizesOf } = report;
  const at = (time: number): string => formatHour(time, timeZone, start);
  return [
    `drill (nothing was touched): ${lost.join(", ")} rebuilt from nothing, from ${at(start)} on`,
    `${endWords(rehearsal, report)}; ~${formatBytes(rehearsal.wireBytes)} to send, as the sizes were on ${new Date(sizesOf).toLocaleString()}`,
    bottleneckWords(report),
    ...(unknown.length > 0 ? [`not counted, as no run has indexed them yet ('sitewright plan' does): ${unknown.join(", ")}`] : []),
    "",
    renderTable<SiteRehearsal>(
      [
        { head: "site", value: ({ site }) => site },
        { head: "starts", value: ({ startsAt }) => (startsAt === undefined ? "-" : at(startsAt)) },
        { head: "all served", value: ({ endsAt }) => (endsAt === undefined ? "-" : at(endsAt)) },
        { head: "takes", align: "right", value: ({ endsAt }) => (endsAt === undefined ? "-" : duration(endsAt - start)) },
        { head: "waits", align: "right", value: ({ waitedMs }) => (waitedMs > 0 ? duration(waitedMs) : "-") },
        { head: "over each line", value: ({ lines }) => lines.map(({ line, bytes }) => `${line} ~${formatBytes(bytes)}`).join(", ") },
        { head: "", value: (site) => noteOf(site, start) },
      ],
      rehearsal.sites,
    ),
    ...(alternatives.length > 0 ? ["", "what would change it:", renderAlternatives(alternatives, report)] : []),
  ].join("\n");
}

function renderAlternatives(alternatives: readonly DrillAlternative[], report: DrillReport): string {
  const { start, timeZone } = report;
  return renderTable<DrillAlternative>(
    [
      { head: "  if", value: ({ kind, names }) => `  ${ASSUMED[kind](names.join(", "))}` },
      { head: "all served", value: ({ rehearsal: { endsAt } }) => (endsAt === undefined ? "-" : formatHour(endsAt, timeZone, start)) },
      { head: "takes", align: "right", value: ({ rehearsal: { endsAt } }) => (endsAt === undefined ? "-" : duration(endsAt - start)) },
      { head: "saves", align: "right", value: ({ savedMs }) => savedWords(savedMs) },
      { head: "to send", align: "right", value: ({ rehearsal: { wireBytes } }) => `~${formatBytes(wireBytes)}` },
      { head: "by site", value: ({ rehearsal }) => sitesWords(rehearsal, report) },
    ],
    alternatives,
  );
}

function endWords({ endsAt, open, sites }: Rehearsal, { start, timeZone }: DrillReport): string {
  const untimed = sites.filter((site) => site.open === "no-rate").map(({ site }) => site);
  if (endsAt === undefined) return `the end cannot be forecast: ${open === undefined ? "nothing of it can be served" : openWords(open)}`;
  const without = untimed.length > 0 ? ` (without ${untimed.join(", ")}, of whose lines no rate is known: --link says one)` : "";
  return `all served by ${formatHour(endsAt, timeZone, start)}, after ${duration(endsAt - start)}${without}`;
}

function bottleneckWords({ bottleneck, rehearsal }: DrillReport): string {
  if (bottleneck?.kind === "line") return `the bottleneck is the line ${bottleneck.line}`;
  if (bottleneck) return `the bottleneck is the schedule of ${bottleneck.line}: more than half of the time it is closed`;
  return rehearsal.endsAt === undefined ? "no bottleneck can be named" : "no line keeps it back";
}

function noteOf({ open, waits }: SiteRehearsal, start: number): string {
  return [...(waits ? [formatWindowWait(waits, start)] : []), ...(open === undefined ? [] : [openWords(open)])].join("; ");
}

/** `POR 1:12 -> 0:03`: sites that are over at another time than without. */
function sitesWords({ sites }: Rehearsal, { rehearsal, start }: DrillReport): string {
  const without = new Map(rehearsal.sites.map(({ site, endsAt }) => [site, endsAt]));
  const changed = sites.flatMap(({ site, endsAt }) => {
    const before = without.get(site);
    if (before === undefined || endsAt === undefined || Math.abs(before - endsAt) < 1000) return [];
    return [`${site} ${duration(before - start)} -> ${duration(endsAt - start)}`];
  });
  return changed.join(", ");
}

function savedWords(savedMs: number | undefined): string {
  if (savedMs === undefined) return "-";
  return savedMs >= 1000 ? duration(savedMs) : savedMs <= -1000 ? `-${duration(-savedMs)}` : "nothing";
}

function duration(ms: number): string {
  return formatSeconds(ms / 1000);
}
