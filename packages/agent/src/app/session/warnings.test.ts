import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startTestAgent } from "../../../test-support/agent.ts";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";

function changeable(...first: string[]) {
  let texts = first;
  const listeners = new Set<() => void>();
  return {
    all: () => texts,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(...next: string[]) {
      texts = next;
      for (const tell of listeners) tell();
    },
    listeners,
  };
}

test("an agent tells a coordinator what keeps it from its work, once connected and after each change", async () => {
  const coordinator = await startFakeCoordinator();
  const warnings = changeable("the role root /srv/dp is held");
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), warnings });
  const connection = await coordinator.welcomed({ takesWarnings: true });
  expect(await connection.hear("warnings")).toEqual({ kind: "warnings", texts: ["the role root /srv/dp is held"] });
  warnings.set();
  expect(await connection.hear("warnings", ({ texts }) => texts.length === 0)).toBeDefined();
  connection.socket.terminate();
  await expect.poll(() => warnings.listeners.size).toBe(0);
});

test("a coordinator that does not understand warnings is sent none", async () => {
  const coordinator = await startFakeCoordinator();
  const warnings = changeable("the role root /srv/dp is held");
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), warnings });
  const connection = await coordinator.welcomed();
  warnings.set("another");
  connection.say({ kind: "log-query", id: 1, order: "none", limit: 1 });
  await connection.hear("log-lines");
  expect(connection.heard.filter(({ kind }) => kind === "warnings")).toEqual([]);
});
