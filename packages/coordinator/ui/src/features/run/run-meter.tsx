import { RUN_KINDS, stepsSettled, type RunKind } from "@sitewright/protocol";
import type { RunSummary } from "@sitewright/protocol/api";
import { now, rates } from "../../api/clock.ts";
import { forecasts } from "../../api/forecasts.ts";
import { indexing } from "../../api/store.ts";
import { Bar } from "../../components/bar.tsx";
import { Figure } from "../../components/page-parts.tsx";
import { contentBar } from "../../lib/content-bar.ts";
import { formatBytes, formatSeconds, percent, plural } from "../../lib/format.ts";
import { secondsLeft } from "../../lib/lines/rate.ts";

/** Label of bytes that are on the systems already, where nothing is reused. */
const REUSED: Partial<Record<RunKind, string>> = { verify: "Checked", repair: "Right already" };

/** One bar with its figures: the denominator is the plan's, and retransmissions are shown separately. */
export function RunMeter({ summary }: { summary: RunSummary }) {
  const { run, totals } = summary;
  const bar = contentBar(totals);
  const inBytes = bar.unit === "bytes";
  return (
    <div class="meter">
      <p class="meter-head">
        <span class="meter-share">{percent(bar.share)} %</span>
        <span class="muted">{headWords(summary)}</span>
      </p>
      <Bar bar={bar} label={`Progress of this ${RUN_KINDS[run.kind].label.toLowerCase()}`} />
      <dl class="figures">
        {inBytes && (
          <>
            <Figure tone="reused" name={REUSED[run.kind] ?? "Reused"} value={formatBytes(bar.reused)} />
            {RUN_KINDS[run.kind].differences !== "reported" && (
              <Figure tone="sent" name="Fetched" value={formatBytes(bar.sent)} note={`${formatBytes(totals.wireBytes)} sent`} />
            )}
            {totals.peerBytes > 0 && <Figure name="From neighbours" value={formatBytes(totals.peerBytes)} note="of those fetched" />}
            <Figure tone="remaining" name="Remaining" value={formatBytes(bar.remaining)} />
          </>
        )}
        <Figure name="Retried" value={formatBytes(totals.retriedBytes)} />
        <Figure name="Rate" value={rateWords(summary)} />
        <Figure name="Time left" value={leftWords(summary)} />
        <Figure name="Elapsed" value={formatSeconds(((run.endedAt ?? Math.max(now.value, run.createdAt)) - run.createdAt) / 1000)} />
      </dl>
    </div>
  );
}

function headWords({ run, totals }: RunSummary): string {
  if (run.state === "preparing") {
    const at = indexing.value?.run === run.id ? indexing.value : undefined;
    return at
      ? `indexing ${at.unit}: ${plural(at.files, "file")}, ${formatBytes(at.bytes)}`
      : "reading the site data and indexing the sources";
  }
  const steps = `${stepsSettled(totals)} of ${plural(totals.phases, "step")}`;
  return totals.sourceBytes > 0 ? `of ${formatBytes(totals.sourceBytes)} · ${steps}` : steps;
}

function rateWords({ run }: RunSummary): string {
  if (run.endedAt !== undefined) return "-";
  const lines = [...(rates.value.get(run.id)?.values() ?? [])];
  const known = lines.flatMap((rate) => rate?.wire ?? []);
  return known.length === 0 ? "-" : `${formatBytes(known.reduce((sum, wire) => sum + wire, 0))}/s`;
}

function leftWords({ run, lines, totals }: RunSummary): string {
  if (run.endedAt !== undefined || run.state === "preparing") return "-";
  if (run.state === "paused") return "paused";
  // It takes windows and queued work into account; a rate alone does not.
  const endsAt = forecasts.value.get(run.id)?.present?.total.endsAt;
  if (endsAt !== undefined) return `about ${formatSeconds(Math.max(1, Math.ceil((endsAt - now.value) / 1000)))}`;
  const seconds = secondsLeft(lines, rates.value.get(run.id) ?? new Map());
  if (seconds !== undefined) return `about ${formatSeconds(Math.ceil(seconds))}`;
  if (totals.unreachable.length > 0 && totals.running === 0) return "waits for agents";
  return "-";
}
