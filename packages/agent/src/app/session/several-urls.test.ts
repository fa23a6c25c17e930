import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openFakeCoordinator, startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { startTestAgent } from "../../../test-support/agent.ts";

/** An address of this machine at which no program listens. */
async function deadUrl(): Promise<URL> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return new URL(`https://localhost:${port}`);
}

test("an agent whose first address does not answer connects at the second one", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: await deadUrl(), others: [coordinator.url], dataDir: temporaryFolder() });
  const connection = await coordinator.welcomed();
  expect(await connection.hear("hello")).toMatchObject({ name: "SRVABC" });
});

test("an agent that knows one coordinator follows to the one that it has named, once the first does not answer any more", async () => {
  const first = await openFakeCoordinator();
  const second = await startFakeCoordinator();
  startTestAgent({ url: first.url, dataDir: temporaryFolder() });
  const connection = await first.welcomed();
  connection.say({ kind: "coordinators", urls: [first.url.origin, second.url.origin], content: "" });
  // Its answer to what came later shows that it has taken that.
  connection.say({ kind: "log-query", id: 1, order: "", limit: 1 });
  await connection.hear("log-lines");
  await first[Symbol.asyncDispose]();
  expect(await (await second.welcomed()).hear("hello")).toMatchObject({ name: "SRVABC" });
});

test("an agent keeps the address that answered as long as it answers, and moves on when it does not", async () => {
  const first = await openFakeCoordinator();
  const second = await startFakeCoordinator();
  startTestAgent({ url: first.url, others: [second.url], dataDir: temporaryFolder() });
  await first[Symbol.asyncDispose]();
  const connection = await second.welcomed();
  connection.socket.close(1001, "GOING_AWAY: a restart");
  await connection.closed;
  const again = await second.welcomed();
  expect(await again.hear("hello")).toMatchObject({ name: "SRVABC" });
});
