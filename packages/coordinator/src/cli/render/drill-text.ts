import {
  assumedWords,
  bottleneckWords,
  changedSitesWords,
  drillEndWords,
  formatBytes,
  formatHour,
  formatSeconds,
  savedWords,
  siteNoteWords,
  type DrillAlternative,
  type DrillReport,
  type SiteRehearsal,
} from "@sitewright/protocol/api";
import { renderTable } from "./table.ts";

/** The whole, a line for each site, what the end depends on, and what would change it. Times are those of the drill's clocks. */
export function renderDrill(report: DrillReport): string {
  const { start, timeZone, lost, rehearsal, alternatives, unknown, sizesOf } = report;
  const at = (time: number): string => formatHour(time, timeZone, start);
  return [
    `drill (nothing was touched): ${lost.join(", ")} rebuilt from nothing, from ${at(start)} on`,
    `${drillEndWords(rehearsal, report)}; ~${formatBytes(rehearsal.wireBytes)} to send, as the sizes were on ${new Date(sizesOf).toLocaleString()}`,
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
        { head: "", value: (site) => siteNoteWords(site, start) },
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
      { head: "  if", value: ({ kind, names }) => `  ${assumedWords({ kind, names })}` },
      { head: "all served", value: ({ rehearsal: { endsAt } }) => (endsAt === undefined ? "-" : formatHour(endsAt, timeZone, start)) },
      { head: "takes", align: "right", value: ({ rehearsal: { endsAt } }) => (endsAt === undefined ? "-" : duration(endsAt - start)) },
      { head: "saves", align: "right", value: ({ savedMs }) => savedWords(savedMs) },
      { head: "to send", align: "right", value: ({ rehearsal: { wireBytes } }) => `~${formatBytes(wireBytes)}` },
      { head: "by site", value: ({ rehearsal }) => changedSitesWords(rehearsal, report) },
    ],
    alternatives,
  );
}

function duration(ms: number): string {
  return formatSeconds(ms / 1000);
}
