import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Figures } from "../app/sites/figures.ts";
import type { LiveEvent, LiveView } from "../app/live/live-view.ts";
import type { Topic } from "../app/topic.ts";

/** Metrics for Prometheus. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

export interface MetricsDeps {
  figures: () => Figures;
  liveView: LiveView;
  isRedisUp: () => boolean;
  /** Content sent to an agent, bytes. */
  contentSent: Topic<number>;
  /** Traffic of the line of an address, content or not, IP bytes. */
  lineUsed: Topic<{ address: string; bytes: number }>;
  /** Codes of refusals. */
  refused: Topic<string>;
}

/** Gauges are read on request; counters start with the process. */
export function createMetrics({ figures, liveView, isRedisUp, contentSent, lineUsed, refused }: MetricsDeps): Metrics {
  const registry = new Registry();
  const registers = [registry];
  /** Taken once for each answer. */
  let current = figures();
  collectDefaultMetrics({ register: registry });

  const gauge = (name: string, help: string, read: (figures: Figures) => number): void => {
    new Gauge({ name, help, registers, collect: collectInto((into) => into.set(read(current))) });
  };
  gauge("sitewright_agents_known", "Systems of the hierarchy that have a role", ({ agentsKnown }) => agentsKnown);
  gauge("sitewright_agents_connected", "Agents with an open connection", ({ agentsConnected }) => agentsConnected);
  gauge("sitewright_site_data_fault", "1 while the site data cannot be used as they are", ({ siteData }) => Number(siteData.hasFault));
  gauge("sitewright_site_data_left_out", "Problems in the site data that leave something out", ({ siteData }) => siteData.leftOut);
  gauge("sitewright_site_data_notes", "Problems in the site data that leave nothing out", ({ siteData }) => siteData.notes);
  gauge("sitewright_redis_up", "1 while Redis answers", () => Number(isRedisUp()));

  const byState = (name: string, help: string, read: (figures: Figures) => Record<string, number>): void => {
    const collect = collectInto((into) => {
      for (const [state, count] of Object.entries(read(current))) into.set({ state }, count);
    });
    new Gauge({ name, help, labelNames: ["state"], registers, collect });
  };
  byState("sitewright_runs", "Runs that have not ended, by state", ({ runs }) => runs);
  byState("sitewright_phases", "Phases of these runs, by state", ({ phases }) => phases);

  gauge("sitewright_phases_lost", "Phases under way whose agents are not connected", ({ phasesLost }) => phasesLost);
  gauge("sitewright_phases_stalled", "Phases under way of which nothing advances", ({ phasesStalled }) => phasesStalled);

  new Gauge({
    name: "sitewright_address_budget_bits_per_second",
    help: "Budget in force now; absent where none is",
    labelNames: ["address"],
    registers,
    collect: collectInto((into) => {
      into.reset();
      for (const { key, budget } of current.addresses) if (budget !== undefined) into.set({ address: key }, budget);
    }),
  });

  const counter = (name: string, help: string, labelNames: string[] = []): Counter => new Counter({ name, help, labelNames, registers });
  const runsEnded = counter("sitewright_runs_ended_total", "Runs that ended", ["kind", "state"]);
  const phasesEnded = counter("sitewright_phases_ended_total", "Phases that ended", ["task", "state"]);
  const sent = counter("sitewright_sent_bytes_total", "Content and manifests sent to agents, bytes on the wire");
  const reused = counter("sitewright_reused_bytes_total", "Source bytes that agents found right in place, by stagings that are done");
  const retried = counter("sitewright_retried_bytes_total", "Bytes that agents received and discarded, by stagings that are done");
  const onLine = counter("sitewright_address_bytes_total", "IP bytes on the line of an address, headers and control traffic included", [
    "address",
  ]);
  const refusals = counter("sitewright_refused_total", "Connections, requests and joins that were refused, by code", ["code"]);

  const subscriptions = [
    contentSent.subscribe((bytes) => sent.inc(bytes)),
    lineUsed.subscribe(({ address, bytes }) => onLine.inc({ address }, bytes)),
    refused.subscribe((code) => refusals.inc({ code })),
    liveView.subscribe(count),
  ];

  function count(event: LiveEvent): void {
    if (event.type === "run" && event.run.endedAt !== undefined) runsEnded.inc({ kind: event.run.kind, state: event.run.state });
    if (event.type !== "phase" || event.phase.endedAt === undefined) return;
    const { task, state, outcome } = event.phase;
    phasesEnded.inc({ task, state });
    if (state !== "done" || outcome?.kind !== "staged") return;
    reused.inc(outcome.reusedBytes);
    retried.inc(outcome.retriedBytes);
  }

  return {
    contentType: registry.contentType,
    text() {
      current = figures();
      return registry.metrics();
    },
    close() {
      for (const unsubscribe of subscriptions) unsubscribe();
      registry.clear();
    },
  };
}

/** The library passes a gauge to its `collect` as `this`. */
function collectInto(read: (gauge: Gauge) => void): (this: Gauge) => void {
  return function collect(this: Gauge) {
    read(this);
  };
}
