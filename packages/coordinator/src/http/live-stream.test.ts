import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { aPhase, aRun } from "../../test-support/fakes.ts";
import { createLiveView } from "../app/live/live-view.ts";
import { openLiveStream } from "./live-stream.ts";

test("a reader that reads nothing holds a bounded backlog, and gets a new snapshot when it reads again", async () => {
  const live = createLiveView(0);
  const target = new PassThrough({ highWaterMark: 64 });
  let snapshots = 0;
  await openLiveStream(target, live, {
    run: "run-1",
    snapshot: async () => ({ sequence: live.sequence(), number: ++snapshots, padding: "x".repeat(1000) }),
    timing: { change: 5, keepAlive: 1000, life: 60_000 },
  });
  for (let i = 0; i < 5000; i++) live.phase(aPhase({ id: `phase-${i}` }));
  await sleep(30);
  expect(snapshots).toBe(1);
  let text = "";
  target.on("data", (part: Buffer) => (text += part.toString()));
  await sleep(50);
  expect(snapshots).toBe(2);
  expect(text).toContain('"number":2');
  expect(text).not.toContain("event: change");
  live.phase(aPhase({ id: "later" }));
  await sleep(30);
  expect(text).toContain('"id":"later"');
  expect(text).toContain('"sequence":5001');
  target.destroy();
});

test("many changes at once are sent in parts, in their order and each with the sequence up to which it tells everything", async () => {
  const live = createLiveView(0);
  const target = new PassThrough({ highWaterMark: 1024 ** 3 });
  const timing = { change: 5, keepAlive: 1000, life: 60_000 };
  await openLiveStream(target, live, { run: "run-1", snapshot: async () => ({ sequence: 0 }), timing });
  for (let i = 0; i < 2_500; i++) live.phase(aPhase({ id: `phase-${i}` }));
  live.phase(aPhase({ id: "phase-0", number: 9, state: "running" }));
  live.run(aRun({ endedAt: 7 }));
  const told: { sequence: number; runs: { endedAt?: number }[]; phases: { id: string; state: string }[] }[] = [];
  for await (const part of target as AsyncIterable<Buffer>) {
    for (const [, data = ""] of part.toString().matchAll(/event: change\ndata: (.*)/g))
      told.push(JSON.parse(data) as (typeof told)[number]);
    if (told.length === 3) break;
  }
  expect(told.map(({ phases, sequence, runs }) => [phases.length, sequence, runs.length])).toEqual([
    [1_000, 1_001, 0],
    [1_000, 2_001, 0],
    [500, 2_502, 1],
  ]);
  expect(new Set(told.flatMap(({ phases }) => phases.map(({ id }) => id))).size).toBe(2_500);
  expect(told.at(-1)?.phases.at(-1)).toMatchObject({ id: "phase-0", state: "running" });
});

test("a silent stream is kept alive", async () => {
  const target = new PassThrough();
  await openLiveStream(target, createLiveView(0), {
    snapshot: async () => ({ sequence: 0 }),
    timing: { change: 1000, keepAlive: 5, life: 60_000 },
  });
  let text = "";
  target.on("data", (part: Buffer) => (text += part.toString()));
  await sleep(30);
  expect(text).toContain(": keep-alive\n\n");
  target.destroy();
});

test("a stream ends after its maximum life, so that a client that continues proves its right again", async () => {
  const target = new PassThrough();
  let text = "";
  target.on("data", (part: Buffer) => (text += part.toString()));
  const ended = once(target, "end");
  await openLiveStream(target, createLiveView(0), {
    snapshot: async () => ({ sequence: 0 }),
    timing: { change: 1000, keepAlive: 1000, life: 10 },
  });
  await ended;
  expect(text).toBe('event: snapshot\ndata: {"sequence":0}\n\n');
});

test("a change of whether the site data can be used is sent to clients that watch everything, and not to those that watch one run", async () => {
  const live = createLiveView(0);
  const watch = async (run: string | undefined): Promise<PassThrough> => {
    const target = new PassThrough();
    await openLiveStream(target, live, {
      snapshot: async () => ({ sequence: 0 }),
      run,
      timing: { change: 5, keepAlive: 1000, life: 60_000 },
    });
    return target;
  };
  const [all, one] = [await watch(undefined), await watch("run-1")];
  let ofOne = "";
  one.on("data", (part: Buffer) => (ofOne += part.toString()));
  const state = { problemCounts: { leftOut: 1, notes: 0 } };
  live.siteData(state);
  live.phase(aPhase());
  let ofAll = "";
  for await (const part of all as AsyncIterable<Buffer>) if ((ofAll += part.toString()).includes("event: change")) break;
  expect(JSON.parse(/event: change\ndata: (.*)/.exec(ofAll)?.[1] ?? "")).toMatchObject({ siteData: state });
  await expect.poll(() => ofOne).toContain("event: change");
  expect(ofOne).not.toContain("siteData");
  one.destroy();
});
