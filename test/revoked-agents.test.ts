import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AgentEntry } from "../packages/coordinator/src/app/agents/agents.ts";
import { CLOSE_CODES } from "../packages/protocol/src/index.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { noise } from "./support/trees.ts";
import { anAgentKey, hello, join as askToJoin, openWire } from "./support/wire.ts";

/** Two systems on a line that keeps both at work for minutes. */
const twoAtWork = () =>
  startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "64 kbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(3_000_000, 1) } } },
  });

async function stateOf(fleet: Fleet, system: string): Promise<string | undefined> {
  const { stdout } = await fleet.sitewright("agent", "list", "--json");
  return (JSON.parse(stdout) as AgentEntry[]).find((agent) => agent.system === system)?.state;
}

async function ordersOf(fleet: Fleet, run: string, system: string): Promise<string[]> {
  const { phases } = (await (await fleet.api(`/api/v1/runs/${run}`)).json()) as { phases: { system: string; state: string }[] };
  return phases.filter((phase) => phase.system === system).map(({ state }) => state);
}

test("a revoked agent loses its connection and its orders at once and is not let in again, until it joins with a new token", async () => {
  await using fleet = await twoAtWork();
  const old = (await fleet.sitewright("token", "create", "--system", "SRVSEC")).stdout.trim().split(".")[0] ?? "";
  const run = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await waitFor("both at work", async () => (await ordersOf(fleet, run, "SRVSEC")).includes("running") || undefined);

  expect(await fleet.sitewright("agent", "revoke", "SRVSEC")).toMatchObject({ code: 0, stdout: expect.stringContaining("shut out") });
  expect(await ordersOf(fleet, run, "SRVSEC")).toEqual(["cancelled", "cancelled"]);
  expect([await stateOf(fleet, "SRVSEC"), await stateOf(fleet, "DPSEC")]).toEqual(["not joined", "connected"]);
  expect((await ordersOf(fleet, run, "DPSEC")).every((state) => state !== "cancelled")).toBe(true);
  await waitFor("the refusal", () => fleet.agent("SRVSEC").log().includes("UNAUTHENTICATED") || undefined);
  expect(fleet.coordinator.log()).toMatch(/"system":"SRVSEC","by":"[^"]+","hadJoined":true,"msg":"an agent was revoked"/);

  const key = anAgentKey();
  expect(await askToJoin(fleet.url, { token: old, name: "SRVSEC", publicKey: key.publicKey })).toMatchObject({ status: 401 });
  expect(await fleet.sitewright("agent", "revoke", "NOBODY")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND") });

  await fleet.agent("SRVSEC").stop();
  await fleet.agent("SRVSEC").join();
  await fleet.agent("SRVSEC").start();
  await fleet.connected("SRVSEC");
});

test("an agent whose system is taken out of the hierarchy is cut off, and its orders end; put back, it connects as before", async () => {
  await using fleet = await twoAtWork();
  const file = join(fleet.siteData, "hierarchy.yaml");
  const whole = readFileSync(file, "utf8");
  const run = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await waitFor("it to be at work", async () => (await ordersOf(fleet, run, "DPSEC")).includes("running") || undefined);
  writeFileSync(file, whole.replace(/^ +DPSEC:.*\n/m, ""));
  await expect.poll(() => ordersOf(fleet, run, "DPSEC"), { timeout: 15_000, interval: 200 }).toEqual(["cancelled", "cancelled"]);
  expect(await stateOf(fleet, "DPSEC")).toBe("removed");
  expect((await ordersOf(fleet, run, "SRVSEC")).every((state) => state !== "cancelled")).toBe(true);
  writeFileSync(file, whole);
  await waitFor("the system to be known again", async () => (await stateOf(fleet, "DPSEC")) === "away" || undefined);
  await fleet.agent("DPSEC").stop();
  await fleet.agent("DPSEC").start();
  await fleet.connected("DPSEC");
});

test("while agents join again and again, only the newest key connects, and no connection with an older one is left", async () => {
  await using fleet = await startFleet({ systems: { SRVABC: { roles: ["dp"] } }, absent: ["SRVABC"] });
  const joinWith = async (publicKey: string) => {
    const token = (await fleet.sitewright("token", "create", "--system", "SRVABC")).stdout.trim().split(".")[0] ?? "";
    return askToJoin(fleet.url, { token, name: "SRVABC", publicKey });
  };
  let newest = anAgentKey();
  expect(await joinWith(newest.publicKey)).toEqual({ status: 200 });
  for (let round = 0; round < 3; round++) {
    const next = anAgentKey();
    const before = await openWire(fleet.url, "SRVABC");
    const joining = joinWith(next.publicKey);
    // Under way with the key before, just while that is replaced.
    await hello(before, "SRVABC", newest.privateKey);
    expect(await joining).toEqual({ status: 200 });
    expect(await before.closed).toMatchObject({ code: CLOSE_CODES.UNAUTHENTICATED });
    newest = next;
  }
  const wire = await openWire(fleet.url, "SRVABC");
  await hello(wire, "SRVABC", newest.privateKey);
  expect(await wire.next()).toMatchObject({ kind: "welcome" });
  wire.socket.terminate();
});
