import type { CoordinatorMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { aHierarchy, ANNA, recordingEvents } from "../../../test-support/fakes.ts";
import { startLedger } from "../../../test-support/memory-ledger.ts";
import type { Rollout } from "../../domain/agents/rollout.ts";
import type { ConnectedAgent } from "../ports/agents.ts";
import { createProgramUpdates } from "./program-updates.ts";

const OFFERED = [
  { version: "0.9.0", target: "linux-x64", digest: "09" },
  { version: "0.10.0", target: "linux-x64", digest: "10" },
] as const;

async function aCoordinator(rollout?: Rollout) {
  const agents = new Map<string, ConnectedAgent>();
  const sent: [string, CoordinatorMessage][] = [];
  const stored: Rollout[] = [];
  const ledger = await startLedger();
  let ids = 0;
  const quiet = () => undefined;
  const updates = createProgramUpdates({
    rollout,
    write: async (one) => void stored.push(one),
    links: {
      agent: (system) => agents.get(system),
      send: async (system, message) => sent.push([system, message]) > 0,
    },
    packages: { offered: async () => [...OFFERED] },
    hierarchy: () => aHierarchy(),
    sign: ({ version, target, digest, coordinator }) => new TextEncoder().encode([coordinator, version, target, digest].join()),
    coordinatorId: "c",
    newId: () => `u${(ids += 1)}`,
    ledger,
    clock: () => 7,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const events = updates.watch(recordingEvents());
  return {
    updates,
    events,
    stored,
    ledger,
    /** Orders since the last call. */
    orders: () =>
      sent
        .splice(0)
        .map(([system, message]) => `${system} ${message.kind === "update" ? `${message.id} ${message.version}` : message.kind}`),
    sent,
    async connect(system: string, version: string, program: string | undefined = "linux-x64") {
      const agent: ConnectedAgent = { system, version, roles: ["dp"], platform: "linux", since: 1, ...(program ? { program } : {}) };
      agents.set(system, agent);
      await events.connected(agent, { inventoryDigest: "", lastResult: 0 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

test("agents are told the newest version with a signature over it, wave after wave, and again when they connect as the one before", async () => {
  const at = await aCoordinator();
  for (const system of ["SRV1", "SRV2", "SRV3"]) await at.connect(system, "0.9.0");
  expect(await at.updates.start(ANNA, { wave: 2 })).toMatchObject({ version: "0.10.0", state: "running", skipped: [] });
  expect(at.sent[0]).toEqual([
    "SRV1",
    { kind: "update", id: "u1", version: "0.10.0", digest: "10", signature: new TextEncoder().encode("c,0.10.0,linux-x64,10") },
  ]);
  expect(at.orders()).toEqual(["SRV1 u1 0.10.0", "SRV2 u1 0.10.0"]);
  await at.connect("SRV1", "0.10.0");
  await at.connect("SRV2", "0.9.0");
  expect(at.orders()).toEqual(["SRV2 u1 0.10.0", "SRV2 u1 0.10.0"]);
  await at.connect("SRV2", "0.10.0");
  expect(at.orders()).toEqual(["SRV3 u1 0.10.0"]);
  await at.connect("SRV3", "0.10.0");
  expect(at.updates.last()).toMatchObject({ state: "done" });
  const entries = await Array.fromAsync(at.ledger.entries());
  expect(entries.map(({ kind, details }) => [kind, details])).toEqual([
    ["agents-updated", { version: "0.10.0", wave: "2", systems: "SRV1 SRV2 SRV3" }],
  ]);
});

test("a failure halts the rollout, also after the coordinator started again, and the operator may order it once more", async () => {
  const before = await aCoordinator();
  for (const system of ["SRV1", "SRV2"]) await before.connect(system, "0.9.0");
  await before.updates.start(ANNA, { wave: 1 });
  before.events.updateFailed("SRV1", "another", "x");
  before.events.updateFailed("SRV1", "u1", "it ended with 1");
  await expect.poll(() => before.updates.last()?.state).toBe("halted");

  const at = await aCoordinator(before.stored.at(-1));
  for (const system of ["SRV1", "SRV2"]) await at.connect(system, "0.9.0");
  expect([at.updates.last()?.state, at.orders()]).toEqual(["halted", []]);
  expect(at.updates.last()?.systems[0]).toEqual({ system: "SRV1", wave: 1, state: "failed", why: "it ended with 1" });
  await at.updates.start(ANNA, { wave: 1, systems: ["SRV1"], version: "0.10.0" });
  expect(at.orders()).toEqual(["SRV1 u1 0.10.0"]);
  expect(await at.updates.cancel(ANNA)).toMatchObject({ state: "cancelled" });
  await at.connect("SRV1", "0.9.0");
  expect(at.orders()).toEqual([]);
});

test("what cannot be updated is refused or skipped with its reason, and nothing is recorded", async () => {
  const at = await aCoordinator();
  await at.connect("SRV1", "0.9.0", "");
  await at.connect("SRV2", "0.9.0", "win-x64");
  const all = at.updates.start(ANNA, { wave: 5 });
  await expect(all).rejects.toMatchObject({
    code: "NOTHING_SELECTED",
    message: expect.stringContaining("SRV1: it is no single executable") as string,
  });
  await expect(all).rejects.toThrow(/SRV2: the folder of --agents has no package .* for win-x64; SRV3: it is not connected/);
  await expect(at.updates.start(ANNA, { wave: 5, systems: ["NONE"] })).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
  await expect(at.updates.start(ANNA, { wave: 5, version: "7.0.0" })).rejects.toThrow(/the folder of --agents has 0\.9\.0, 0\.10\.0/);
  await expect(at.updates.cancel(ANNA)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect([at.stored, await Array.fromAsync(at.ledger.entries())]).toEqual([[], []]);
});
