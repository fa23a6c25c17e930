import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { makeAgentKey, dialOpen } from "@sitewright/testkit/agent-wire";
import type { AgentEntry } from "../packages/coordinator/src/app/agents/agents.ts";
import { CLOSE_CODES } from "../packages/protocol/src/index.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { hello, join as askToJoin } from "./support/wire.ts";

/** Two systems on a line that keeps both working for minutes, and one whose agent the tests control. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "64 kbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(3_000_000, 1) }, on: ["SRVSEC", "DPSEC"] } },
    absent: ["SRVABC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

async function stateOf(system: string): Promise<string | undefined> {
  const { stdout } = await fleet.sitewright("agent", "list", "--json");
  return (JSON.parse(stdout) as AgentEntry[]).find((agent) => agent.system === system)?.state;
}

async function ordersOf(run: string, system: string): Promise<string[]> {
  const { phases } = (await (await fleet.api(`/api/v1/runs/${run}`)).json()) as { phases: { system: string; state: string }[] };
  return phases.filter((phase) => phase.system === system).map(({ state }) => state);
}

test("a revoked agent loses its connection and its orders immediately and is refused, until it joins with a new token", async () => {
  const old = (await fleet.sitewright("token", "create", "--system", "SRVSEC")).stdout.trim().split(".")[0] ?? "";
  const run = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await waitFor("both at work", async () => (await ordersOf(run, "SRVSEC")).includes("running") || undefined);

  expect(await fleet.sitewright("agent", "revoke", "SRVSEC")).toMatchObject({ code: 0, stdout: expect.stringContaining("shut out") });
  expect(await ordersOf(run, "SRVSEC")).toEqual(["cancelled", "cancelled"]);
  expect([await stateOf("SRVSEC"), await stateOf("DPSEC")]).toEqual(["not joined", "connected"]);
  expect((await ordersOf(run, "DPSEC")).every((state) => state !== "cancelled")).toBe(true);
  await waitFor("the refusal", () => fleet.agent("SRVSEC").log().includes("UNAUTHENTICATED") || undefined);
  expect(fleet.coordinator.log()).toMatch(/"system":"SRVSEC","by":"[^"]+","hadJoined":true,"msg":"an agent was revoked"/);

  const key = makeAgentKey();
  expect(await askToJoin(fleet.url, { token: old, name: "SRVSEC", publicKey: key.publicKey })).toMatchObject({ status: 401 });
  expect(await fleet.sitewright("agent", "revoke", "NOBODY")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND") });

  await fleet.agent("SRVSEC").stop();
  await fleet.agent("SRVSEC").join();
  await fleet.agent("SRVSEC").start();
  await fleet.connected("SRVSEC");
  await fleet.sitewright("cancel", run);
});

test("an agent whose system is removed from the hierarchy is disconnected, and its orders end; after the system is restored, it connects as before", async () => {
  const file = join(fleet.siteData, "hierarchy.yaml");
  const whole = readFileSync(file, "utf8");
  const run = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await waitFor("it to be working", async () => (await ordersOf(run, "DPSEC")).includes("running") || undefined);
  writeFileSync(file, whole.replace(/^ +DPSEC:.*\n/m, ""));
  await expect.poll(() => ordersOf(run, "DPSEC"), { interval: 200 }).toEqual(["cancelled", "cancelled"]);
  expect(await stateOf("DPSEC")).toBe("removed");
  expect((await ordersOf(run, "SRVSEC")).every((state) => state !== "cancelled")).toBe(true);
  writeFileSync(file, whole);
  // Its agent may be there again by itself before anybody looks.
  await waitFor("the system to be known again", async () => ["away", "connected"].includes((await stateOf("DPSEC")) ?? "") || undefined);
  await fleet.agent("DPSEC").stop();
  await fleet.agent("DPSEC").start();
  await fleet.connected("DPSEC");
});

test("while agents join repeatedly, only the newest key connects, and no connection with an older one remains", async () => {
  const joinWith = async (publicKey: string) => {
    const token = (await fleet.sitewright("token", "create", "--system", "SRVABC")).stdout.trim().split(".")[0] ?? "";
    return askToJoin(fleet.url, { token, name: "SRVABC", publicKey });
  };
  let newest = makeAgentKey();
  expect(await joinWith(newest.publicKey)).toEqual({ status: 200 });
  for (let round = 0; round < 3; round++) {
    const next = makeAgentKey();
    const before = await dialOpen(fleet.url, "SRVABC");
    const joining = joinWith(next.publicKey);
    // Connecting with the former key, while that is replaced.
    await hello(before, "SRVABC", newest.privateKey);
    expect(await joining).toEqual({ status: 200 });
    expect(await before.closed).toMatchObject({ code: CLOSE_CODES.UNAUTHENTICATED });
    newest = next;
  }
  const wire = await dialOpen(fleet.url, "SRVABC");
  await hello(wire, "SRVABC", newest.privateKey);
  expect(await wire.next()).toMatchObject({ kind: "welcome" });
  wire.socket.terminate();
});
