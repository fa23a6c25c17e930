import type { Tenure } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { CHALLENGE, startFakeCoordinator, WELCOME, type AgentConnection } from "@sitewright/testkit/fake-coordinator";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startTestAgent } from "../../../test-support/agent.ts";
import { openSeenCoordinator } from "../../adapters/link/seen-coordinator.ts";

const FIRST: Tenure = { restored: 0, started: 2_000 };
const RESTORED: Tenure = { restored: 1_000, started: 1_500 };

/** The coordinator of this tenure welcomes whoever connects. */
async function welcome(connection: AgentConnection, tenure?: Tenure): Promise<void> {
  connection.say({ ...CHALLENGE, ...(tenure ? { tenure } : {}) });
  await connection.hear("hello");
  connection.say({ ...WELCOME, sendInventory: true });
}

test("an agent that was welcomed by a restored coordinator refuses the one before, however late that one started, and proves why", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const one = await coordinator.connection();
  await welcome(one, FIRST);
  await one.hear("inventory");
  one.socket.terminate();

  const two = await coordinator.connection();
  await welcome(two, RESTORED);
  expect(await two.hear("hello")).toMatchObject({ seen: FIRST });
  await two.hear("inventory");
  two.socket.terminate();

  const three = await coordinator.connection();
  await welcome(three, { ...FIRST, started: 9_000 });
  expect(await three.hear("hello")).toMatchObject({ seen: RESTORED });
  expect(await three.closed).toMatchObject({ code: 4410, reason: expect.stringMatching(/^COORDINATOR_SUPERSEDED: .*stop this one$/) });
  expect(three.heard.map(({ kind }) => kind)).toEqual(["hello"]);
});

test.each([
  ["an earlier start of the same data folder", { restored: 1_000, started: 1_499 }],
  ["a coordinator that states no tenure", undefined],
])("%s is refused after a later one", async (_, tenure) => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const one = await coordinator.connection();
  await welcome(one, RESTORED);
  await one.hear("inventory");
  one.socket.terminate();
  const two = await coordinator.connection();
  await welcome(two, tenure);
  expect((await two.closed).code).toBe(4410);
});

test("which coordinator was the newest survives the agent, and a damaged record counts as none", async () => {
  const dataDir = temporaryFolder();
  const seen = await openSeenCoordinator(dataDir, () => undefined);
  expect(seen.newest()).toBeUndefined();
  seen.keep(RESTORED);
  seen.keep(FIRST);
  expect(seen.newest()).toEqual(RESTORED);
  await expect.poll(async () => (await openSeenCoordinator(dataDir, () => undefined)).newest()).toEqual(RESTORED);
});
