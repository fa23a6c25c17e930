import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import type { Run } from "../packages/coordinator/src/domain/runs/run.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "12 Mbit/s",
    packages: Object.fromEntries([1, 2, 3, 4].map((n) => [`ABC0000${n}`, { files: { "a.bin": noise(3_000_000, n) } }])),
    prepare: ({ agentFolder }) => writeTree(agentFolder("SRVSEC"), { "dp/ABC00001/a.bin": "served until now" }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const start = async () => (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
const view = async (id: string) => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
const underWay = ({ phases }: RunView) => phases.filter(({ state }) => state === "released" || state === "running").length;

test("a cancelled run stops running work, and its units stay as they were", async () => {
  const dp = fleet.agent("SRVSEC").root("dp");
  const before = readTree(dp);
  const id = await start();
  await waitFor("some bytes", async () => (await view(id)).totals.fetchedBytes > 300_000 || undefined);
  expect((await fleet.json<Run>("cancel", id)).exitCode).toBe(0);
  const { run, exitCode, phases } = await fleet.json("watch", id);
  expect(run.state).toBe("cancelled");
  expect(exitCode).toBe(1);
  expect(phases.every(({ state }) => state === "cancelled")).toBe(true);
  expect(readTree(dp)).toEqual(before);
});

test("a paused run ends its running steps and releases nothing more until it is resumed", async () => {
  const id = await start();
  await waitFor("some bytes", async () => (await view(id)).totals.fetchedBytes > 300_000 || undefined);
  expect((await fleet.json<Run>("pause", id)).state).toBe("paused");
  await waitFor("the running work to end", async () => underWay(await view(id)) === 0 || undefined);
  const paused = await view(id);
  expect(paused.totals.waiting).toBeGreaterThan(0);
  expect(paused.phases.flatMap(({ task, state, waitingFor }) => (task === "stage" && state === "waiting" ? [waitingFor] : []))).toContain(
    "paused",
  );
  expect((await fleet.json<Run>("resume", id)).state).toBe("running");
  expect((await fleet.json("watch", id)).exitCode).toBe(0);
});

test("a run that has ended can neither be paused nor cancelled", async () => {
  const { run } = await fleet.json("rebuild", "--package", "ABC00001");
  for (const verb of ["pause", "resume", "cancel"]) {
    expect(await fleet.sitewright(verb, run.id)).toMatchObject({ code: 1, stderr: expect.stringContaining("CONFLICT") });
  }
  expect(await fleet.sitewright("pause")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND: no run is under way") });
});
