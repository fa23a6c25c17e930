import { expect, test } from "vitest";
import type { Outcome } from "@sitewright/protocol";
import { aPhase as phaseWith, anAddress } from "../../../test-support/fakes.ts";
import { aReport } from "../../../../protocol/test-support/reports.ts";
import { budgetBytes } from "../lines/pacing.ts";
import { ORDER_BYTES } from "../lines/wire-bytes.ts";
import type { Phase } from "../runs/run.ts";
import { forecast, type ForecastInput, type Forecasts } from "./forecast.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
/** 100,000 bytes of payload per second. */
const LINE = anAddress("SEC", { bandwidth: budgetBytes(100_000) * 8, timeZone: "America/Chicago" });

/** What each order costs the line beside its content, ms. */
const ORDER = ORDER_BYTES / 100;

/** A staging of 100 kB, incompressible, that takes a second on the line. */
const aStage = (id: string, overrides: Partial<Phase> = {}): Phase =>
  phaseWith({
    id,
    system: "S1",
    site: "SEC",
    address: "SEC",
    state: "waiting",
    priority: "medium",
    unit: { role: "dp", name: id },
    sourceBytes: 100_000,
    packedBytes: 100_000,
    manifestBytes: 0,
    ...overrides,
  });

function make(phases: Phase[], overrides: Partial<ForecastInput> = {}): Forecasts {
  const steps = forecast({
    now: NOW,
    runs: new Map([["run-1", { createdAt: 1 }]]),
    phases,
    pathTo: (system) => (system === "OWN" ? [] : [LINE]),
    isConnected: () => true,
    sharedSite: () => undefined,
    measured: new Map(),
    limits: { perSystem: 2, perAddress: 3 },
    ...overrides,
  });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
const made = (...given: Parameters<typeof make>) => make(...given).byRun.get("run-1");

/** Measured times of orders besides their transfers: none here. */
const quick = (task: "stage" | "activate", after?: string): Phase =>
  aStage(`quick ${task}`, { task, state: "done", startedAt: 1, endedAt: 1, run: "run-0", ...(after ? { after } : {}) });
const QUICK = [quick("stage"), quick("activate")];

test("a run ends when all its bytes have been transferred; until then the service curve weighs units by clients", () => {
  const phases = [
    aStage("cap", { unit: { role: "cap", name: "CAP_SEC" }, clients: 100, system: "S2" }),
    aStage("few", { clients: 5 }),
    aStage("many", { clients: 95, sourceBytes: 50_000, packedBytes: 50_000 }),
  ];
  const forecasted = made([...phases, ...QUICK]);
  expect(forecasted).toEqual({
    madeAt: NOW,
    total: {
      wireBytes: 250_000,
      endsAt: NOW + 2500 + 3 * ORDER,
      ninetyAt: NOW + 2000 + 3 * ORDER,
      curve: [
        [NOW, 0],
        [NOW + 1000 + ORDER, 0.5],
        [NOW + 2000 + 3 * ORDER, 0.975],
        [NOW + 2500 + 3 * ORDER, 1],
      ],
    },
    addresses: [
      expect.objectContaining({ address: "SEC", timeZone: "America/Chicago", endsAt: NOW + 2500 + 3 * ORDER, wireBytes: 250_000 }),
    ],
    away: [],
  });
});

test("a site without a stated number of clients takes it from its packages, and a package without one counts as one client", () => {
  const cap = aStage("cap", { unit: { role: "cap", name: "CAP_SEC" } });
  expect(made([cap, aStage("a", { clients: 3 }), aStage("b"), ...QUICK])?.total.curve.at(1)?.[1]).toBeCloseTo(3 / 7, 3);
});

test("what is present, what was sent, and what has ended is not sent again", () => {
  const progress = { step: "fetching" as const, files: 1, reusedBytes: 10_000, fetchedBytes: 40_000, retriedBytes: 0 };
  const ended: Outcome = { kind: "failed", code: "AGENT_ERROR" as never, message: "", retryable: false };
  const phases = [
    aStage("present", { presentBytes: 100_000 }),
    aStage("begun", { state: "running", wireBytes: 41_000, manifestBytes: 999, progress }),
    aStage("served", { state: "done", endedAt: NOW - 5 }),
    aStage("served activation", { task: "activate", state: "done", after: "served", endedAt: NOW - 5 }),
    aStage("failed", { state: "failed", outcome: ended }),
    aStage("arrived", { state: "done" }),
    aStage("arrived activation", { task: "activate", after: "arrived" }),
  ];
  const { total } = made([...phases, ...QUICK], { runs: new Map([["run-1", { createdAt: NOW - 60_000 }]]) }) ?? {};
  expect(total?.wireBytes).toBe(50_000);
  // The failed one will not be served; one is since then, and two are now.
  expect(total?.curve).toEqual([
    [NOW - 60_000, 0],
    [NOW - 5, 0.2],
    [NOW, 0.6],
    [NOW + 500, 0.8],
  ]);
  expect(total).not.toHaveProperty("ninetyAt");
});

test("a run that was begun long ago shows what is expected as exactly as one that begins now", () => {
  const open = Array.from({ length: 20 }, (_, i) => aStage(`s${i}`));
  const served = Array.from({ length: 100 }, (_, i) => aStage(`old${i}`, { state: "done", endedAt: NOW - 30 * 86_400_000 + i * 1000 }));
  const long = made([...open, ...served, ...QUICK], { runs: new Map([["run-1", { createdAt: NOW - 31 * 86_400_000 }]]) });
  const expected = made([...open, ...QUICK])?.total.curve.map(([at]) => at) ?? [];
  expect(expected).toHaveLength(11);
  expect(long?.total.curve.map(([at]) => at).filter((at) => at > NOW)).toEqual(expected.slice(1));
});

test("a disconnected system, and a repair that has not verified yet, leave the end open with that reason", () => {
  const away = made([aStage("a"), aStage("b", { system: "S2" }), ...QUICK], { isConnected: (system) => system !== "S2" });
  expect(away).toMatchObject({
    away: ["S2"],
    total: {
      open: "agent-away",
      curve: [
        [NOW, 0],
        [NOW + 1000 + ORDER, 0.5],
      ],
    },
  });
  expect(away?.total).not.toHaveProperty("endsAt");
  const verify = aStage("v", { task: "verify", beforeRepair: true });
  const stage = aStage("a", { after: "v" });
  expect(made([verify, stage])?.total).toMatchObject({ open: "not-verified", wireBytes: 0 });
  const verified = { ...verify, state: "done" as const, outcome: aReport({ counts: { damaged: 1 }, bytes: 60_000 }) };
  expect(made([verified, stage, ...QUICK])?.total).toMatchObject({ wireBytes: 40_000, endsAt: NOW + 400 + ORDER });
});

test("a plan is inserted into the queue, in place of what is queued for the same units", () => {
  const runs = new Map([
    ["run-1", { createdAt: 1 }],
    ["plan", { createdAt: 2 }],
  ]);
  const estimated: Outcome = { kind: "estimated", files: 1, sourceBytes: 100_000, presentBytes: 50_000, indexAgeMs: 0 };
  const plan = aStage("p", { run: "plan", task: "estimate", state: "done", outcome: estimated, unit: { role: "dp", name: "a" } });
  const { byRun, servedAt } = make([aStage("a"), aStage("b", { priority: "high" }), plan, ...QUICK], { runs });
  expect(byRun.get("plan")?.total).toMatchObject({ wireBytes: 50_000 });
  // Both are transferred at once: each gets half of the line until the smaller one is complete.
  expect(servedAt.get("p")).toBe(NOW + 1000 + 2 * ORDER);
  expect(servedAt.has("a")).toBe(false);
});

test("the coordinator's own network has a forecast once its rate was measured", () => {
  const { address: _, ...own } = aStage("a", { system: "OWN" });
  const phases = [own, ...QUICK];
  expect(made(phases)).toMatchObject({ addresses: [{ open: "no-rate" }], total: { open: "no-rate" } });
  // What can be timed is shown despite what cannot.
  expect(made([...phases, aStage("b")])?.total).toMatchObject({ endsAt: NOW + 1000 + ORDER, ninetyAt: NOW + 1000 + ORDER });
  expect(made(phases, { measured: new Map([["", budgetBytes(1_000_000) * 8]]) })?.addresses).toMatchObject([
    { measured: budgetBytes(1_000_000) * 8, endsAt: NOW + 100 + ORDER / 10 },
  ]);
});

test("what several neighbours lack is sent over the line once, and what one of them has is not sent at all", () => {
  const neighbours = (overrides: Partial<Phase>[]): Phase[] =>
    overrides.map((one, i) => aStage(`unit ${i}`, { manifest: "ab", system: `S${i}`, unit: { role: "dp", name: "SAME" }, ...one }));
  const sharing = { sharedSite: () => "SEC" };
  const alike = neighbours([{}, {}, {}, {}]);
  expect(made([...alike, ...QUICK], sharing)?.total).toMatchObject({ wireBytes: 100_000, endsAt: NOW + 1000 + 4 * ORDER });
  expect(made([...alike, ...QUICK])?.total).toMatchObject({ wireBytes: 400_000, endsAt: NOW + 4000 + 4 * ORDER });
  const ready = { presentBytes: 80_000 };
  expect(made([...neighbours([ready, {}, {}]), ...QUICK], sharing)?.total).toMatchObject({ wireBytes: 20_000 });
  const away = { ...sharing, isConnected: (system: string) => system !== "S0" };
  expect(made([...neighbours([ready, {}, {}]), ...QUICK], away)?.total).toMatchObject({ wireBytes: 100_000 });
});
