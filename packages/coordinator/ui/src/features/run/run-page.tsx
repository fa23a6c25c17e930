import { useEffect } from "preact/hooks";
import { forecasts, watchForecast } from "../../api/forecasts.ts";
import { missing, summaries, watchRun } from "../../api/store.ts";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { formatMoment, shortId } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { selectionWords } from "../../lib/selection.ts";
import { troublesOf, reportWords } from "../../lib/troubles.ts";
import { runLook } from "../../lib/words.ts";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";
import { PlanResult } from "../start/plan-result.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunGroups } from "./run-groups.tsx";
import { RunMeter } from "./run-meter.tsx";
import { UnitTable } from "./unit-table.tsx";
import { RUN_KINDS, unitKey } from "@sitewright/protocol";
import type { DifferenceView, Run, RunSummary } from "@sitewright/protocol/api";

const FATES: Record<DifferenceView["fate"], { tone: "ok" | "info" | "bad"; words: string }> = {
  wrong: { tone: "bad", words: "" },
  repairing: { tone: "info", words: "Being repaired." },
  repaired: { tone: "ok", words: "Repaired." },
  "left-wrong": { tone: "bad", words: "Not repaired: see what went wrong." },
};

/** What a repair found wrong, and its present state. */
function RepairedList({ summary: { differences, differenceCount } }: { summary: RunSummary }) {
  if (differences.length === 0) return null;
  const items = differences.map(({ system, unit, report, fate }) => {
    const { tone, words } = FATES[fate];
    const key = `${system} ${unitKey(unit)}`;
    return { key, tone, title: `${unitKey(unit)} on ${system}`, reason: reportWords(report), advice: words, systems: [system] };
  });
  const more = differenceCount - differences.length;
  return (
    <Section title="What was wrong">
      <TroubleList items={items} />
      {more > 0 && <p class="muted">and {more} more, each below with its unit</p>}
    </Section>
  );
}

export function RunPage({ id }: { id: string }) {
  useEffect(() => watchRun(id), [id]);
  const summary = summaries.value.get(id);
  if (summary) return <Run summary={summary} />;
  if (missing.value.has(id))
    return (
      <Empty title="There is no such run">
        <a href={links.runs}>See the runs there are</a>
      </Empty>
    );
  return (
    <div class="card">
      <Skeleton lines={8} label="Loading the run" />
    </div>
  );
}

function Run({ summary }: { summary: RunSummary }) {
  const { run, totals } = summary;
  const troubles = troublesOf(summary);
  return (
    <>
      <div class="page-head">
        <h1>
          {RUN_KINDS[run.kind].label} <code title={run.id}>{shortId(run.id)}</code>
        </h1>
        <Pill look={runLook(run)} />
        <RunActions summary={summary} />
      </div>
      <p class="page-note muted">{describe(run)}</p>
      <div class="card">
        <RunMeter summary={summary} />
      </div>
      {RUN_KINDS[run.kind].differences === "mended" && <RepairedList summary={summary} />}
      {troubles.length > 0 && (
        <Section title="What went wrong">
          <TroubleList items={troubles} />
        </Section>
      )}
      {RUN_KINDS[run.kind].isDryRun && run.endedAt !== undefined && <PlanResult run={run} />}
      {RUN_KINDS[run.kind].rollsOut && totals.phases > 0 && <RunForecast run={run} />}
      {totals.phases > 0 && (
        <>
          <RunGroups summary={summary} />
          <Section title="Units">
            <UnitTable summary={summary} />
          </Section>
        </>
      )}
    </>
  );
}

function RunForecast({ run }: { run: Run }) {
  const open = run.endedAt === undefined;
  useEffect(() => watchForecast(run.id, open), [run.id, open]);
  const forecast = forecasts.value.get(run.id);
  return forecast ? <ForecastPanel title={open ? "When service is back" : "When service was back"} forecast={forecast} /> : null;
}

function describe({ createdAt, endedAt, options, kind }: Run): string {
  const parts = [
    selectionWords(options),
    `started ${formatMoment(createdAt)}`,
    ...(endedAt === undefined ? [] : [`ended ${formatMoment(endedAt)}`]),
    ...(options.full
      ? [kind === "rebuild" || kind === "update" ? "full: nothing on the systems was trusted" : "full: every byte is hashed"]
      : []),
    ...(options.rehash ? ["rehash: every byte of the sources was read"] : []),
    ...(RUN_KINDS[kind].rollsOut
      ? [`at most ${options.maxUnavailable} unavailable per site and role`, `grace ${options.graceMs / 60_000} min`]
      : []),
  ];
  return parts.join(" · ");
}
