import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { forecasts, watchForecast } from "../../api/forecasts.ts";
import { missing, overview, views, watchRun } from "../../api/store.ts";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { formatMoment, shortId, formatBitRate, formatBytes } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { selectionWords } from "../../lib/selection.ts";
import { troublesOf, reportWords } from "../../lib/troubles.ts";
import { phaseLook, phaseWords, runLook } from "../../lib/words.ts";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";
import { PlanResult } from "../start/plan-result.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunMeter } from "./run-meter.tsx";
import { UnitTable } from "./unit-table.tsx";
import { RUN_KINDS, unitKey, ENDED_WELL, stepsSettled } from "@sitewright/protocol";
import { findingsOf, failureWords, type Run, type RunView, type Phase, type AddressView, type Finding } from "@sitewright/protocol/api";
import { rates } from "../../api/clock.ts";
import { Bar } from "../../components/bar.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { lineOf } from "../../lib/lines/rate.ts";
import { groupPhases, type Group } from "../../lib/unit-rows.ts";
import { budgetWords } from "../overview/address-line.tsx";

const PROGRESS: Column<Group> = {
  head: "Progress",
  wide: true,
  value: (group) => <Bar small bar={group.bar} label={`Progress of ${group.key || "the own network"}`} />,
};
const STEPS: Column<Group> = { head: "Steps", numeric: true, value: ({ totals }) => `${stepsSettled(totals)} / ${totals.phases}` };
const SENT: Column<Group> = { head: "Sent", numeric: true, value: ({ totals }) => formatBytes(totals.wireBytes) };

const SYSTEM_COLUMNS: readonly Column<Group>[] = [
  { head: "System", rowHead: true, value: ({ key }) => <a href={links.system(key)}>{key}</a> },
  PROGRESS,
  STEPS,
  SENT,
  { head: "Reused", numeric: true, value: ({ totals }) => formatBytes(totals.reusedBytes) },
  { head: "Now", value: ({ phases }) => <span class="muted nowrap">{nowWords(phases)}</span> },
];

function SystemTable({ phases }: { phases: readonly Phase[] }) {
  return (
    <Table
      caption="Progress by system"
      columns={SYSTEM_COLUMNS}
      rows={groupPhases(phases, ({ system }) => system)}
      rowKey={({ key }) => key}
    />
  );
}

function nowWords(phases: readonly Phase[]): string {
  const working = phases.find(({ state }) => state === "running");
  if (working) return `${phaseLook(working).word}: ${working.unit.name}`;
  const failures = failureWords(phases);
  if (failures !== "") return failures;
  const waiting = phases.find(({ state, waitingFor }) => state === "waiting" && waitingFor !== undefined && waitingFor !== "earlier-phase");
  if (waiting) return phaseWords(waiting);
  return phases.every(({ state }) => ENDED_WELL.has(state)) ? "done" : "";
}

/** The lines that this run uses, with their budgets. */
function AddressTable({ run, phases, addresses }: { run: Run; phases: readonly Phase[]; addresses: readonly AddressView[] }) {
  const lines = rates.value.get(run.id);
  const columns: readonly Column<Group>[] = [
    { head: "Address", rowHead: true, value: ({ key }) => key || "own network" },
    PROGRESS,
    { head: "Rate", numeric: true, value: ({ key }) => (run.endedAt === undefined ? rateWords(lines?.get(key)?.wire) : "-") },
    { head: "Budget now", numeric: true, value: ({ key }) => <Budget address={addresses.find((address) => address.key === key)} /> },
    SENT,
  ];
  return <Table caption="Progress by address" columns={columns} rows={groupPhases(phases, lineOf)} rowKey={({ key }) => key} />;
}

function rateWords(bytes: number | undefined): string {
  return bytes === undefined ? "-" : formatBitRate(Math.round(bytes * 8));
}

/** The current budget of a line, with the reason for it as a tooltip. */
function Budget({ address }: { address: AddressView | undefined }) {
  if (address?.budget === undefined) return <>no limit</>;
  return <span title={budgetWords(address)}>{formatBitRate(address.budget)}</span>;
}

/** Shown immediately; the table of the units has them all. */
const MOST = 8;

const FATES: Record<Exclude<Finding["fate"], "right">, { tone: "ok" | "info" | "bad"; words: string }> = {
  wrong: { tone: "bad", words: "" },
  repairing: { tone: "info", words: "Being repaired." },
  repaired: { tone: "ok", words: "Repaired." },
  "left-wrong": { tone: "bad", words: "Not repaired: see what went wrong." },
};

/** What a repair found wrong, and its present state. */
function RepairedList({ phases }: { phases: readonly Phase[] }) {
  const items = findingsOf(phases).flatMap(({ system, unit, report, fate }) => {
    if (fate === "right") return [];
    const { tone, words } = FATES[fate];
    const key = `${system} ${unitKey(unit)}`;
    return [{ key, tone, title: `${unitKey(unit)} on ${system}`, reason: reportWords(report), advice: words, systems: [system] }];
  });
  if (items.length === 0) return null;
  return (
    <Section title="What was wrong">
      <TroubleList items={items.slice(0, MOST)} />
      {items.length > MOST && <p class="muted">and {items.length - MOST} more, each below with its unit</p>}
    </Section>
  );
}

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
          {RUN_KINDS[run.kind].label} <code title={run.id}>{shortId(run.id)}</code>
        </h1>
        <Pill look={runLook(run)} />
        <RunActions view={view} />
      </div>
      <p class="page-note muted">{describe(run)}</p>
      <div class="card">
        <RunMeter view={view} />
      </div>
      {RUN_KINDS[run.kind].differences === "mended" && <RepairedList phases={phases} />}
      {troubles.length > 0 && (
        <Section title="What went wrong">
          <TroubleList items={troubles} />
        </Section>
      )}
      {RUN_KINDS[run.kind].isDryRun && run.endedAt !== undefined && <PlanResult run={run} />}
      {RUN_KINDS[run.kind].rollsOut && phases.length > 0 && <RunForecast run={run} />}
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
