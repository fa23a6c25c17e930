import { expect, test } from "vitest";
import { OPERATOR, startEndpoints, type TestEndpoints } from "../../../test-support/endpoints.ts";
import { aPhase, aRun } from "../../../test-support/fakes.ts";

async function watch(at: TestEndpoints, query: string) {
  const gone = new AbortController();
  const reply = await fetch(`${at.url}/api/v1/events${query}`, { headers: { authorization: `Bearer ${OPERATOR}` }, signal: gone.signal });
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  return {
    reply,
    async next(): Promise<{ event: string; data: Record<string, unknown> }> {
      while (!rest.includes("\n\n")) rest += decoder.decode((await reader.read()).value, { stream: true });
      const [block = "", ...others] = rest.split("\n\n");
      rest = others.join("\n\n");
      const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    },
    stop: () => gone.abort(),
  };
}

test("a live view of a run is a snapshot, then the latest state of what changed", async () => {
  await using at = await startEndpoints();
  const view = await watch(at, "?run=run-1");
  const headers = ["content-type", "cache-control", "x-accel-buffering"].map((name) => view.reply.headers.get(name));
  expect(headers).toEqual(["text/event-stream", "no-store", "no"]);
  expect(await view.next()).toMatchObject({
    event: "snapshot",
    data: { sequence: 100, run: { id: "run-1" }, phases: [{ id: "order-1" }] },
  });
  at.live.phase(aPhase({ state: "running" }));
  at.live.phase(aPhase({ state: "done" }));
  at.live.phase(aPhase({ id: "order-2", state: "running", cancelBy: 7 }));
  at.live.phase(aPhase({ id: "foreign", run: "run-2" }));
  at.live.run(aRun({ state: "done" }));
  const { event, data } = await view.next();
  expect(event).toBe("change");
  expect(data).toMatchObject({
    sequence: 105,
    runs: [{ state: "done" }],
    phases: [
      { id: "order-1", state: "done" },
      { id: "order-2", condition: "cancelling", cancelBy: 7 },
    ],
  });
  expect(data["phases"]).toHaveLength(2);
  expect((data["phases"] as object[])[0]).not.toHaveProperty("condition");
  view.stop();
});

test("the view of everything shows all runs, at most four times per second", async () => {
  await using at = await startEndpoints();
  const view = await watch(at, "");
  expect(await view.next()).toEqual({ event: "snapshot", data: { sequence: 100 } });
  const started = performance.now();
  const timer = setInterval(() => at.live.run(aRun({ id: `run-${performance.now()}` })), 10);
  for (let i = 0; i < 3; i++) expect((await view.next()).event).toBe("change");
  clearInterval(timer);
  expect(performance.now() - started).toBeGreaterThan(490);
  view.stop();
});

test("connects and disconnects of systems, and the source that is being indexed, are sent with the runs", async () => {
  await using at = await startEndpoints();
  const view = await watch(at, "");
  await view.next();
  at.live.system({ name: "SRV1", connected: false, lastSeen: 5 });
  at.live.system({ name: "SRV1", connected: true, since: 7, lastSeen: 7 });
  at.live.run(aRun({ state: "preparing" }), { unit: "dp/ABC00001", files: 3, bytes: 9 });
  expect((await view.next()).data).toEqual({
    sequence: 103,
    runs: [aRun({ state: "preparing" })],
    systems: [{ name: "SRV1", connected: true, since: 7, lastSeen: 7 }],
    addresses: [],
    rates: {},
    indexing: { run: "run-1", unit: "dp/ABC00001", files: 3, bytes: 9 },
  });
  at.live.run(aRun({ state: "preparing" }), { unit: "dp/ABC00001", files: 4, bytes: 10 });
  at.live.run(aRun());
  const { data } = await view.next();
  expect(data).toMatchObject({ sequence: 105, runs: [{ state: "running" }], systems: [] });
  expect(data).not.toHaveProperty("indexing");
  view.stop();
});

test("changed addresses and the latest rate of each line are sent to clients that watch the hierarchy, not to those that watch a run", async () => {
  await using at = await startEndpoints();
  const [all, one] = [await watch(at, ""), await watch(at, "?run=run-1")];
  await all.next();
  await one.next();
  at.live.address("SEC");
  at.live.address("SEC");
  at.live.rates({ SEC: 5, POR: 3 });
  at.live.rates({ SEC: 8 });
  expect((await all.next()).data).toMatchObject({ sequence: 104, runs: [], addresses: ["SEC"], rates: { SEC: 8, POR: 3 } });
  at.live.phase(aPhase());
  expect((await one.next()).data).toMatchObject({ sequence: 105, phases: [{ id: "order-1" }], addresses: [], rates: {} });
  all.stop();
  one.stop();
});

test("clients that watch the hierarchy are told which runs and systems have changed, however many steps of them have", async () => {
  await using at = await startEndpoints();
  const view = await watch(at, "");
  await view.next();
  for (let i = 0; i < 5_000; i++) at.live.phase(aPhase({ id: `order-${i}`, system: `SRV${i % 2}` }));
  at.live.held("SRV7");
  const { data } = await view.next();
  expect(data).toMatchObject({ touched: { runs: ["run-1"], systems: ["SRV0", "SRV1", "SRV7"] } });
  view.stop();
});

test("a live view is compressed for clients that accept it, and every event is flushed immediately", async () => {
  await using at = await startEndpoints();
  const view = await watch(at, "");
  expect(view.reply.headers.get("content-encoding")).toBe("gzip");
  expect(await view.next()).toMatchObject({ event: "snapshot" });
  at.live.address("SEC");
  expect((await view.next()).data).toMatchObject({ addresses: ["SEC"] });
  view.stop();
});

test("changes during the making of the snapshot are not missed", async () => {
  await using at = await startEndpoints();
  const before = await at.operations.run("run-1");
  at.operations.run = async () => {
    at.live.phase(aPhase({ state: "failed" }));
    return before;
  };
  const view = await watch(at, "?run=run-1");
  expect(await view.next()).toMatchObject({ event: "snapshot", data: { sequence: 100 } });
  expect(await view.next()).toMatchObject({ event: "change", data: { sequence: 101, phases: [{ state: "failed" }] } });
  view.stop();
});

test("a request for the events of a nonexistent run is answered with an error", async () => {
  await using at = await startEndpoints();
  expect(await at.call("GET", "/api/v1/events?run=none", { token: OPERATOR })).toMatchObject({
    status: 404,
    body: { error: { code: "NOT_FOUND" } },
  });
});
