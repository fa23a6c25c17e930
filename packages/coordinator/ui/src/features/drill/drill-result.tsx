import {
  assumedWords,
  bottleneckWords,
  changedSitesWords,
  drillEndWords,
  formatHour,
  formatSeconds,
  savedWords,
  siteNoteWords,
  type DrillAlternative,
  type DrillReport,
  type SiteRehearsal,
} from "@sitewright/protocol/api";
import { Table, type Column } from "../../components/table.tsx";
import { formatBytes, formatMoment } from "../../lib/format.ts";

/** When service is back, what that depends on, and what would change it. Times are those of the drill's clocks. */
export function DrillResult({ report }: { report: DrillReport }) {
  const { start, timeZone, lost, rehearsal, alternatives, unknown, sizesOf } = report;
  const bottleneck = bottleneckWords(report);
  return (
    <>
      <div class="card drill-facts">
        <p class="drill-end">{capital(drillEndWords(rehearsal, report))}.</p>
        <p>{capital(bottleneck)}.</p>
        <p class="muted">
          {lost.join(", ")} rebuilt from nothing, from {formatHour(start, timeZone, start)} on; about {formatBytes(rehearsal.wireBytes)} to
          send, as the sizes were on {formatMoment(sizesOf)}.
        </p>
        {unknown.length > 0 && <p class="warn-text">Not counted, as no run has indexed them yet (a dry run does): {unknown.join(", ")}</p>}
      </div>
      <Table caption="Sites" columns={siteColumns(report)} rows={rehearsal.sites} rowKey={({ site }) => site} one="site" />
      <h3 class="drill-head">What would change it</h3>
      {alternatives.length === 0 ? (
        <p class="muted">Neither a second line nor neighbours nor a reserve system would.</p>
      ) : (
        <Table caption="What would change it" columns={alternativeColumns(report)} rows={alternatives} rowKey={assumedWords} one="change" />
      )}
    </>
  );
}

function siteColumns({ start, timeZone }: DrillReport): Column<SiteRehearsal>[] {
  const at = (time: number | undefined): string => (time === undefined ? "–" : formatHour(time, timeZone, start));
  return [
    { head: "Site", rowHead: true, value: ({ site }) => <span class="site-code">{site}</span> },
    { head: "Starts", value: ({ startsAt }) => at(startsAt) },
    { head: "All served", value: ({ endsAt }) => at(endsAt) },
    { head: "Takes", numeric: true, value: ({ endsAt }) => took(endsAt, start) },
    { head: "Waits", numeric: true, value: ({ waitedMs }) => (waitedMs > 0 ? formatSeconds(waitedMs / 1000) : "–") },
    {
      head: "Over each line",
      wide: true,
      value: (site) => (
        <>
          {site.lines.map(({ line, bytes }) => `${line} ~${formatBytes(bytes)}`).join(", ")}
          <span class="note">{siteNoteWords(site, start)}</span>
        </>
      ),
    },
  ];
}

function alternativeColumns(report: DrillReport): Column<DrillAlternative>[] {
  const { start, timeZone } = report;
  return [
    { head: "If there were", rowHead: true, value: (alternative) => assumedWords(alternative) },
    { head: "All served", value: ({ rehearsal: { endsAt } }) => (endsAt === undefined ? "–" : formatHour(endsAt, timeZone, start)) },
    { head: "Takes", numeric: true, value: ({ rehearsal: { endsAt } }) => took(endsAt, start) },
    { head: "Saves", numeric: true, value: ({ savedMs }) => savedWords(savedMs) },
    { head: "To send", numeric: true, value: ({ rehearsal }) => `~${formatBytes(rehearsal.wireBytes)}` },
    { head: "By site", wide: true, value: ({ rehearsal }) => changedSitesWords(rehearsal, report) },
  ];
}

function took(endsAt: number | undefined, start: number): string {
  return endsAt === undefined ? "–" : formatSeconds((endsAt - start) / 1000);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
