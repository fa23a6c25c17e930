import { X509Certificate } from "node:crypto";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import type { RunView, Phase } from "@sitewright/protocol/api";
import { aPhase as anyPhase, aRun } from "../../test-support/fakes.ts";
import { applyChange, follow, waitsForAgentsOnly } from "./follow.ts";

const run = aRun({ id: "r1" });
const aPhase = (overrides: Partial<Phase>): Phase =>
  anyPhase({
    id: "r1-1",
    run: "r1",
    number: 1,
    system: "SRVABC",
    state: "waiting",
    files: 1,
    sourceBytes: 10,
    packedBytes: 10,
    ...overrides,
  });

function aView(...phases: Phase[]): RunView {
  return { run, phases, totals: runTotals(phases), sequence: 5 };
}

test("a change replaces the phases it names, adds new ones, ignores other runs, and recomputes the totals", () => {
  const before = aView(aPhase({}), aPhase({ id: "r1-2", number: 2 }));
  const after = applyChange(before, {
    sequence: 9,
    runs: [],
    phases: [aPhase({ state: "done" }), aPhase({ id: "r1-3", number: 3, state: "failed" }), aPhase({ id: "r2-1", run: "r2" })],
  });
  expect(after.phases.map((phase) => [phase.id, phase.state])).toEqual([
    ["r1-1", "done"],
    ["r1-2", "waiting"],
    ["r1-3", "failed"],
  ]);
  expect(after.totals).toMatchObject({ phases: 3, done: 1, failed: 1, waiting: 1 });
  expect(after.sequence).toBe(9);
});

test("phases that a change adds are in the order of the plan, whatever their order in the change", () => {
  const phases = ["r1-3", "r1-1", "r1-2"].map((id) => aPhase({ id, number: Number(id.slice(-1)) }));
  expect(applyChange(aView(), { sequence: 9, runs: [], phases }).phases.map(({ id }) => id)).toEqual(["r1-1", "r1-2", "r1-3"]);
});

test("a run is left to absent agents only when nothing else is open", () => {
  const away = aPhase({ waitingFor: "agent-offline" });
  const after = aPhase({ id: "r1-2", waitingFor: "earlier-phase" });
  expect(waitsForAgentsOnly(aView(away, after, aPhase({ id: "r1-3", state: "done" })))).toBe(true);
  expect(waitsForAgentsOnly(aView(away, aPhase({ id: "r1-3", state: "running" })))).toBe(false);
  expect(waitsForAgentsOnly(aView(away, aPhase({ id: "r1-3", waitingFor: "backoff" })))).toBe(false);
  expect(waitsForAgentsOnly(aView(aPhase({ state: "done" })))).toBe(false);
  expect(waitsForAgentsOnly({ ...aView(away), run: { ...run, state: "paused" } })).toBe(false);
});

test("a run is followed to its end while another coordinator takes over", async () => {
  const codes = ["STANDING_BY", "NOT_LEADING", "REDIS_UNREACHABLE"];
  const ended = { ...aView(aPhase({ state: "done" })), run: { ...run, endedAt: 9 } };
  const { url } = await startFakeCoordinator((_, reply) => {
    const code = codes.shift();
    if (code === undefined) reply.end(`event: snapshot\ndata: ${JSON.stringify(ended)}\n\n`);
    else reply.writeHead(503).end(JSON.stringify({ error: { code, message: "not at this moment" } }));
  });
  const connection = { url, pageUrl: url, token: "operator-token", ca: new X509Certificate(TEST_CERTIFICATES.caPem) };
  expect(await follow(connection, "r1", () => undefined, true)).toMatchObject({ settled: "ended", view: { run: { endedAt: 9 } } });
});
