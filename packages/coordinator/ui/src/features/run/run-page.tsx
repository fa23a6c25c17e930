import { rollsOut } from "../../../../src/domain/plan-run.ts";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { forecasts, watchForecast } from "../../api/forecasts.ts";
import { missing, overview, views, watchRun } from "../../api/store.ts";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { formatMoment, shortId } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { selectionWords } from "../../lib/selection.ts";
import { troublesOf } from "../../lib/troubles.ts";
import type { Run, RunView } from "../../lib/types.ts";
import { KINDS, RUN_STATES } from "../../lib/words.ts";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";
import { PlanResult } from "../start/plan-result.tsx";
import { RunActions } from "./run-actions.tsx";
import { AddressTable, SystemTable } from "./run-groups.tsx";
import { RepairedList } from "./repaired-list.tsx";
import { RunMeter } from "./run-meter.tsx";
import { UnitTable } from "./unit-table.tsx";

export function RunPage({ id }: { id: string }) {
  useEffect(() => watchRun(id), [id]);
  const view = views.value.get(id);
  if (view) return <Run view={view} />;
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

function Run({ view }: { view: RunView }) {
  const { run, phases } = view;
  const system = useSignal("");
  const troubles = troublesOf(view);
  return (
    <>
      <div class="page-head">
        <h1>
          {KINDS[run.kind]} <code title={run.id}>{shortId(run.id)}</code>
        </h1>
        <Pill look={RUN_STATES[run.state]} />
        <RunActions view={view} />
      </div>
      <p class="page-note muted">{describe(run)}</p>
      <div class="card">
        <RunMeter view={view} />
      </div>
      {run.kind === "repair" && <RepairedList phases={phases} />}
      {troubles.length > 0 && (
        <Section title="What went wrong">
          <TroubleList items={troubles} />
        </Section>
      )}
      {run.kind === "plan" && run.endedAt !== undefined && <PlanResult run={run} />}
      {rollsOut(run.kind) && phases.length > 0 && <RunForecast run={run} />}
      {phases.length > 0 && (
        <>
          <div class="two-columns">
            <Section title="Systems">
              <SystemTable phases={phases} />
            </Section>
            <Section title="Addresses">
              <AddressTable run={run} phases={phases} addresses={overview.value?.addresses ?? []} />
            </Section>
          </div>
          <Section title="Units">
            <UnitTable phases={phases} system={system} />
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
  return forecast ? <ForecastPanel title={open ? "When service is back" : "When service was to be back"} forecast={forecast} /> : null;
}

function describe({ createdAt, endedAt, options, kind }: Run): string {
  const parts = [
    selectionWords(options),
    `started ${formatMoment(createdAt)}`,
    ...(endedAt === undefined ? [] : [`ended ${formatMoment(endedAt)}`]),
    ...(options.full ? [kind === "rebuild" ? "full: nothing on the systems was trusted" : "full: every byte is hashed"] : []),
    ...(options.rehash ? ["rehash: every byte of the sources was read"] : []),
    ...(rollsOut(kind) ? [`at most ${options.maxUnavailable} unavailable per site and role`, `grace ${options.graceMs / 60_000} min`] : []),
  ];
  return parts.join(" · ");
}
