import { encodeCoordinatorMessage, type AgentMessage, type UpdateOrder } from "@sitewright/protocol";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import { startTestAgent } from "../../../test-support/agent.ts";
import type { Program, Programs } from "../../domain/programs.ts";
import { createProgramUpdates } from "./program-updates.ts";

const ORDER: UpdateOrder = { kind: "update", id: "u1", version: "0.2.0", digest: "ab".repeat(32), signature: new Uint8Array(64) };

function anAgent(programs: Programs = { failed: [] }) {
  const said: AgentMessage[] = [];
  const loads: { order: UpdateOrder; signal: AbortSignal; end: PromiseWithResolvers<Program> }[] = [];
  const written: Programs[] = [];
  let staged = 0;
  const updates = createProgramUpdates(
    {
      target: "linux-x64",
      running: "0.1.0",
      programs: {
        read: async () => written.at(-1) ?? programs,
        write: async (one) => void written.push(one),
      },
      load(order, signal) {
        const end = Promise.withResolvers<Program>();
        loads.push({ order, signal, end });
        return end.promise;
      },
      say: (message) => void said.push(message),
      welcomed: () => undefined,
      staged: () => void (staged += 1),
      log: () => undefined,
    },
    new AbortController().signal,
  );
  return { updates, said, loads, written, staged: () => staged };
}

test("a version is loaded once however often it is ordered, stored as staged, and then this process ends for it", async () => {
  const at = anAgent();
  for (let i = 0; i < 3; i += 1) at.updates.order(ORDER);
  await expect.poll(() => at.loads.length).toBe(1);
  expect(at.staged()).toBe(0);
  const program = { version: "0.2.0", digest: ORDER.digest, executable: "cd" };
  at.loads[0]?.end.resolve(program);
  await expect.poll(at.staged).toBe(1);
  expect(at.written).toEqual([{ failed: [], staged: { ...program, order: "u1" } }]);
  at.updates.order(ORDER);
  expect([at.loads.length, at.said]).toEqual([1, []]);
});

test("what cannot be loaded, and what failed before, is reported with the reason and not begun again", async () => {
  const at = anAgent({ failed: [{ order: "u0", version: "0.2.0", why: "it ended with 1" }] });
  at.updates.order({ ...ORDER, id: "u0" });
  await expect.poll(() => at.said).toEqual([{ kind: "update-failed", id: "u0", message: "it ended with 1" }]);
  expect(at.loads).toEqual([]);
  at.updates.order(ORDER);
  await expect.poll(() => at.loads.length).toBe(1);
  at.loads[0]?.end.reject(new Error("the disk is full"));
  await expect.poll(() => at.said.at(-1)).toEqual({ kind: "update-failed", id: "u1", message: "INTERNAL: the disk is full" });
});

test("an order for another version ends the loading of the one before, without a report", async () => {
  const at = anAgent();
  at.updates.order(ORDER);
  await expect.poll(() => at.loads.length).toBe(1);
  at.updates.order({ ...ORDER, id: "u2", version: "0.3.0" });
  await expect.poll(() => at.loads.length).toBe(2);
  expect(at.loads[0]?.signal.aborted).toBe(true);
  at.loads[0]?.end.reject(new Error("cancelled"));
  at.loads[1]?.end.resolve({ version: "0.3.0", digest: "ef", executable: "cd" });
  await expect.poll(at.staged).toBe(1);
  expect(at.said).toEqual([]);
});

test("an agent that is no single executable says so, ignores an order to update, and what only a newer coordinator says", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const connection = await coordinator.welcomed({ sendInventory: true });
  expect(await connection.hear("hello")).not.toHaveProperty("program");
  connection.socket.send(encodeCoordinatorMessage(ORDER));
  connection.socket.send(Uint8Array.from([0xba, 0x3e, 3, 0x6e, 0x65, 0x77]));
  connection.say({ kind: "log-query", id: 3, order: "", limit: 1 });
  expect(await connection.hear("log-lines")).toMatchObject({ id: 3 });
});
