import { expect, test } from "vitest";
import { aPhase, aRun } from "../../test-support/fakes.ts";
import type { Figures } from "../app/sites/figures.ts";
import { createLiveView } from "../app/live/live-view.ts";
import { createTopic } from "../app/topic.ts";
import { createMetrics } from "./metrics.ts";

const FIGURES: Figures = {
  agentsKnown: 5,
  agentsConnected: 4,
  runs: { preparing: 0, running: 1, paused: 0, cancelled: 0 },
  phases: { waiting: 3, released: 0, running: 2, done: 7, failed: 1, cancelled: 0, skipped: 1, unneeded: 0 },
  phasesLost: 2,
  phasesStalled: 1,
  addresses: [{ key: "SEC", budget: 2_000_000 }, { key: "TER" }],
  siteData: { hasFault: true, leftOut: 3, notes: 2 },
};

function measured() {
  const liveView = createLiveView(0);
  let figures = FIGURES;
  let up = true;
  const topics = {
    contentSent: createTopic<number>(),
    lineUsed: createTopic<{ address: string; bytes: number }>(),
    refused: createTopic<string>(),
  };
  const metrics = createMetrics({ figures: () => figures, liveView, isRedisUp: () => up, ...topics });
  return {
    liveView,
    metrics,
    ...topics,
    set: (next: Figures, redis: boolean) => ([figures, up] = [next, redis]),
    [Symbol.dispose]: () => metrics.close(),
  };
}

test("gauges are read at the time of the request", async () => {
  using at = measured();
  const text = await at.metrics.text();
  for (const line of [
    "sitewright_agents_known 5",
    "sitewright_agents_connected 4",
    "sitewright_redis_up 1",
    "sitewright_site_data_fault 1",
    "sitewright_site_data_left_out 3",
    "sitewright_site_data_notes 2",
    'sitewright_runs{state="running"} 1',
    'sitewright_phases{state="waiting"} 3',
    "sitewright_phases_lost 2",
    "sitewright_phases_stalled 1",
    'sitewright_address_budget_bits_per_second{address="SEC"} 2000000',
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(text).not.toContain('budget_bits_per_second{address="TER"}');
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect(text).toMatch(/^process_resident_memory_bytes /m);
  at.set({ ...FIGURES, agentsConnected: 0, addresses: [] }, false);
  const later = await at.metrics.text();
  expect(later).toMatch(/^sitewright_agents_connected 0$/m);
  expect(later).toMatch(/^sitewright_redis_up 0$/m);
  expect(later).not.toContain('address="SEC"');
});

test("bytes and ends are counted as they occur", async () => {
  using at = measured();
  at.contentSent.publish(1000);
  at.contentSent.publish(500);
  at.lineUsed.publish({ address: "SEC", bytes: 1600 });
  const outcome = { kind: "staged", files: 1, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 3 } as const;
  at.liveView.phase(aPhase({ state: "running" }));
  at.liveView.phase(aPhase({ state: "done", endedAt: 2, outcome }));
  at.liveView.phase(aPhase({ id: "order-2", state: "failed", endedAt: 2 }));
  at.liveView.run(aRun({ state: "failed", endedAt: 3 }));
  const lines = (await at.metrics.text()).split("\n");
  for (const line of [
    "sitewright_sent_bytes_total 1500",
    'sitewright_address_bytes_total{address="SEC"} 1600',
    "sitewright_reused_bytes_total 40",
    "sitewright_retried_bytes_total 3",
    'sitewright_phases_ended_total{task="stage",state="done"} 1',
    'sitewright_phases_ended_total{task="stage",state="failed"} 1',
    'sitewright_runs_ended_total{kind="rebuild",state="failed"} 1',
  ]) {
    expect(lines).toContain(line);
  }
});
