import { verify } from "node:crypto";
import { CLOSE_CODES, helloTranscript, type Held, type PeerAccess } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startTestAgent } from "../../../test-support/agent.ts";
import { CHALLENGE, startFakeCoordinator, WELCOME } from "@sitewright/testkit/fake-coordinator";

function held(number: number): Held {
  const name = `ABC${number.toString(16).toUpperCase().padStart(5, "0")}`;
  return { unit: { role: "dp", name }, highest: { epoch: 1, counter: 10 + number }, previous: false, sourceVersion: 1 };
}

test("an agent answers the challenge with its name, a signature over the challenge and the digest of what it holds", async () => {
  const coordinator = await startFakeCoordinator();
  const { publicKey } = startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), inventory: [held(1), held(2)] });
  const connection = await coordinator.connection();
  connection.say(CHALLENGE);
  const hello = await connection.hear("hello");
  expect(connection.path).toBe("/agent/v1?name=SRVABC");
  expect(hello).toMatchObject({ name: "SRVABC", version: 1, roles: ["dp"], highest: { epoch: 1, counter: 12 }, lastResult: 0 });
  expect(verify(null, helloTranscript(CHALLENGE, "SRVABC"), publicKey, hello.signature)).toBe(true);
});

test("the inventory is sent in parts on request, under the digest that the Hello announced", async () => {
  const coordinator = await startFakeCoordinator();
  const inventory = Array.from({ length: 1001 }, (_, i) => held(1000 - i));
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), inventory });
  const connection = await coordinator.welcomed({ sendInventory: true });
  await connection.hear("inventory", ({ last }) => last);
  const parts = connection.heard.filter((message) => message.kind === "inventory");
  const hello = await connection.hear("hello");
  expect(parts.map(({ units, last }) => [units.length, last])).toEqual([
    [500, false],
    [500, false],
    [1, true],
  ]);
  expect(new Set(parts.map(({ digest }) => digest))).toEqual(new Set([hello.inventoryDigest]));
  expect(parts.flatMap(({ units }) => units)).toEqual(inventory.toReversed());
});

test("an empty inventory is one last part", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const connection = await coordinator.welcomed({ sendInventory: true });
  expect(await connection.hear("inventory")).toMatchObject({ units: [], last: true });
});

test("an agent that is told of neighbours opens its endpoint at its own address and reports it; one that shares nothing reports nothing", async () => {
  const coordinator = await startFakeCoordinator();
  const opened: string[] = [];
  const open = async (access: PeerAccess, localAddress: string) => {
    opened.push(`${access.now} ${localAddress}`);
    return { host: localAddress, port: 7401 };
  };
  const agent = startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), peers: { open } });
  const connection = await coordinator.welcomed();
  connection.say({ kind: "peer-access", key: new Uint8Array(32), now: 5 });
  const { endpoint } = await connection.hear("peer-open", (message) => message.endpoint !== undefined);
  expect(endpoint).toEqual({ host: "127.0.0.1", port: 7401 });
  expect(connection.heard.find(({ kind }) => kind === "peer-open")).toEqual({ kind: "peer-open" });
  expect(opened).toEqual(["5 127.0.0.1"]);
  await agent.stop();

  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const other = await coordinator.welcomed();
  other.say({ kind: "peer-access", key: new Uint8Array(32), now: 5 });
  other.say({ kind: "log-query", id: 1, order: "", limit: 1 });
  await other.hear("log-lines");
  expect(other.heard.some(({ kind }) => kind === "peer-open")).toBe(false);
});

test("an agent whose link broke reconnects by itself", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  (await coordinator.welcomed()).socket.terminate();
  const second = await coordinator.welcomed();
  expect(second.heard[0]).toMatchObject({ kind: "hello", name: "SRVABC" });
});

test("an agent drops a link on which nothing is received any more, and makes a new one", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), silenceMs: 100 });
  const first = await coordinator.welcomed();
  expect((await first.closed).code).toBe(1006);
  expect((await coordinator.welcomed()).heard).toHaveLength(1);
});

/** A link to an agent that ends it after 300 ms of silence. */
async function shortSilence() {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), silenceMs: 300 });
  const { socket, closed } = await coordinator.welcomed();
  let over = false;
  void closed.then(() => (over = true));
  return { socket, isOver: () => over };
}

test("pings alone keep a link alive", async () => {
  const { socket, isOver } = await shortSilence();
  for (let i = 0; i < 10; i++) {
    socket.ping();
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(isOver()).toBe(false);
});

test("what arrived while the agent stood still for longer than it waits keeps a link alive", async () => {
  const { socket, isOver } = await shortSilence();
  socket.ping();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(isOver()).toBe(false);
});

test("a frame that cannot be decoded closes the link with FRAME_INVALID, and the agent connects again", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const first = await coordinator.welcomed();
  first.socket.send(Buffer.from("an unknown message"));
  expect(await first.closed).toMatchObject({ code: CLOSE_CODES.FRAME_INVALID });
  expect((await coordinator.welcomed()).heard).toHaveLength(1);
});

test("a text frame closes the link with FRAME_INVALID", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const first = await coordinator.welcomed();
  first.socket.send("hello");
  expect(await first.closed).toMatchObject({ code: CLOSE_CODES.FRAME_INVALID });
});

test("an order before the welcome is a protocol error", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const connection = await coordinator.connection();
  connection.say(WELCOME);
  expect(await connection.closed).toEqual({
    code: CLOSE_CODES.FRAME_INVALID,
    reason: "FRAME_INVALID: the challenge should have come before the welcome",
  });
});

test("a coordinator that speaks only newer versions is told so", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const connection = await coordinator.connection();
  connection.say({ ...CHALLENGE, versionMin: 8, versionMax: 9 });
  expect(await connection.closed).toEqual({
    code: CLOSE_CODES.VERSION_UNSUPPORTED,
    reason: "VERSION_UNSUPPORTED: this agent speaks 1 to 1, the coordinator 8 to 9: update the older side",
  });
});

test("an agent signs for no other coordinator than the one it joined", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder() });
  const connection = await coordinator.connection();
  connection.say({ ...CHALLENGE, coordinator: "another" });
  expect((await connection.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
  expect(connection.heard).toEqual([]);
});
