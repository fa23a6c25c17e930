import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { CLOSE_CODES, encodeAgentMessage, LIMITS, type Held, type Tenure } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { startEndpoints } from "../../../test-support/endpoints.ts";

const unit = { role: "dp", name: "ABC00001" } as const;
const held: Held = { unit, previous: false, sourceVersion: 0 };

test("an agent that proves its key is welcomed, listed, and reported disconnected once", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  expect(agent.token).toMatch(/^[\w-]{43}$/);
  expect(at.connections.connected()).toMatchObject([{ system: "SRV1", roles: ["dp"], version: "1.0.0" }]);
  agent.socket.terminate();
  await vi.waitFor(() => expect(at.events.calls).toEqual(["connected SRV1", "disconnected SRV1"]), 20_000);
  expect(at.connections.isConnected("SRV1")).toBe(false);
  expect(await at.connections.send("SRV1", { kind: "ack", upTo: 1 })).toBe(false);
});

test("the Welcome carries what the core knows of the agent, which says how it activates", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1");
  const challenge = await agent.challenge();
  expect(challenge).toMatchObject({ versionMin: 1, versionMax: 1, coordinator: "coordinator-1" });
  expect(challenge.nonce).toHaveLength(32);
  agent.say(helloTo(challenge, "SRV1", keys.privateKey, { switching: "by renames" }));
  expect(await agent.next()).toMatchObject({ kind: "welcome", version: 1, acked: 7, sendInventory: true });
  expect(at.connections.connected()).toMatchObject([{ system: "SRV1", switching: "by renames" }]);
});

test("messages of one agent are delivered in order, one after another", async () => {
  let active = 0;
  let most = 0;
  const order: number[] = [];
  await using at = await startEndpoints({
    events: {
      async progress(_, { files }) {
        most = Math.max(most, ++active);
        await sleep(1);
        order.push(files);
        active -= 1;
      },
    },
  });
  const agent = await at.connect("SRV1");
  const sent = Array.from({ length: 200 }, (_, files) => files);
  for (const files of sent)
    agent.say({ kind: "progress", orderId: "order-1", step: "fetching", files, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 });
  await vi.waitFor(() => expect(order).toHaveLength(200), 20_000);
  expect(order).toEqual(sent);
  expect(most).toBe(1);
});

test("an inventory in parts arrives as one", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  agent.say({ kind: "inventory", digest: "11".repeat(32), units: [held], last: false });
  agent.say({ kind: "inventory", digest: "11".repeat(32), units: [{ ...held, unit: { role: "dp", name: "ABC00002" } }], last: true });
  await vi.waitFor(() => expect(at.events.inventories).toHaveLength(1), 20_000);
  expect(at.events.inventories[0]?.units.map((entry) => entry.unit.name)).toEqual(["ABC00001", "ABC00002"]);
});

test("a second connection of the same agent replaces the first, whose end is reported before the new beginning", async () => {
  await using at = await startEndpoints();
  const first = await at.connect("SRV1");
  const second = await at.connect("SRV1");
  expect((await first.closed).code).toBe(CLOSE_CODES.REPLACED);
  expect(at.events.calls).toEqual(["connected SRV1", "disconnected SRV1", "connected SRV1"]);
  expect(at.connections.isConnected("SRV1")).toBe(true);
  expect(await at.connections.send("SRV1", { kind: "ack", upTo: 3 })).toBe(true);
  expect(await second.next()).toEqual({ kind: "ack", upTo: 3 });
});

test("a client that uses another agent's name with its own key is refused, logged, and does not disturb the real agent", async () => {
  await using at = await startEndpoints();
  const real = await at.connect("SRV1");
  const thief = dial(at.url, "SRV1");
  thief.say(helloTo(await thief.challenge(), "SRV1", makeAgentKey().privateKey));
  expect((await thief.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
  expect(real.socket.readyState).toBe(real.socket.OPEN);
  expect(at.logged).toContainEqual(
    expect.objectContaining({ level: "warn", system: "SRV1", code: "UNAUTHENTICATED", address: "127.0.0.1" }),
  );
});

test("a signature over another connection's challenge is refused", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const [one, other] = [dial(at.url, "SRV1"), dial(at.url, "SRV1")];
  await other.challenge();
  other.say(helloTo(await one.challenge(), "SRV1", keys.privateKey));
  expect((await other.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
});

test.each([
  ["a version of the future", "SRV1", { version: 99 }, "VERSION_UNSUPPORTED"],
  ["a system that the hierarchy does not have", "NOBODY", {}, "UNAUTHENTICATED"],
  ["a system that has not joined", "SRV3", {}, "UNAUTHENTICATED"],
  ["a name that differs from the connection's", "SRV1", { name: "SRV2" }, "UNAUTHENTICATED"],
] as const)("a Hello of %s is refused with its code", async (_, name, spoilt, reason) => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  await at.registry.setKey("SRV2", keys.der);
  const agent = dial(at.url, name);
  agent.say(helloTo(await agent.challenge(), name, keys.privateKey, spoilt));
  const end = await agent.closed;
  expect(end.code).toBe(CLOSE_CODES[reason]);
  expect(end.reason).toMatch(new RegExp(`^${reason}: `));
  expect(at.events.calls).toEqual([]);
});

test("an unknown name, one that has not joined and a wrong key get the same answer; the log has the reason", async () => {
  await using at = await startEndpoints();
  await at.registry.setKey("SRV1", makeAgentKey().der);
  const answers = [];
  for (const name of ["SRV1", "SRV2", "NOBODY"]) {
    const agent = dial(at.url, name);
    agent.say(helloTo(await agent.challenge(), name, makeAgentKey().privateKey));
    answers.push(await agent.closed);
  }
  expect(answers[0]?.code).toBe(CLOSE_CODES.UNAUTHENTICATED);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(at.logged.map(({ message }) => message)).toEqual([
    expect.stringContaining("does not match the key of SRV1"),
    expect.stringContaining("SRV2 has not joined"),
    expect.stringContaining("NOBODY has not joined"),
  ]);
});

test("a joined agent whose system was removed from the hierarchy is told so, because it proved its key", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("GONE", keys.der);
  const agent = dial(at.url, "GONE");
  agent.say(helloTo(await agent.challenge(), "GONE", keys.privateKey));
  expect((await agent.closed).code).toBe(CLOSE_CODES.SYSTEM_UNKNOWN);
});

test("an agent that is shut out while it proves its key is not welcomed, although the key was right when it was read", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  const read = Promise.withResolvers<void>();
  const shutOut = Promise.withResolvers<void>();
  at.registry.key = async () => {
    read.resolve();
    await shutOut.promise;
    return keys.der;
  };
  const agent = dial(at.url, "SRV1");
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
  await read.promise;
  const ended = at.connections.end("SRV1", "revoked");
  shutOut.resolve();
  await ended;
  expect((await agent.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
  expect([at.events.calls, at.connections.isConnected("SRV1")]).toEqual([[], false]);
});

test("every connection of a system that is shut out ends, and no other; a stranger under its name learns nothing from that", async () => {
  await using at = await startEndpoints();
  const [agent, other, stranger] = [await at.connect("SRV1"), await at.connect("SRV2"), dial(at.url, "SRV1")];
  await stranger.challenge();
  await at.connections.end("SRV1", "an operator revoked this agent");
  expect(at.events.calls).toEqual(["connected SRV1", "connected SRV2", "disconnected SRV1"]);
  expect((await agent.closed).reason).toContain("an operator revoked");
  expect((await stranger.closed).reason).not.toContain("revoked");
  expect(other.socket.readyState).toBe(other.socket.OPEN);
  expect((await at.call("GET", `/content/v1/manifests/${"ab".repeat(32)}?order=x`, { token: agent.token })).status).toBe(401);
  expect((await at.call("GET", `/content/v1/manifests/${"ab".repeat(32)}?order=x`, { token: other.token })).status).toBe(403);
});

test.each([
  ["garbage", Buffer.from("these are not the bytes of a message")],
  ["text", "hello"],
  ["a message that is not a Hello", encodeAgentMessage({ kind: "accepted", orderId: "x", epoch: 1 })],
])("%s in place of the Hello closes that connection only", async (_, data) => {
  await using at = await startEndpoints();
  const good = await at.connect("SRV1");
  const bad = dial(at.url, "SRV2");
  await bad.challenge();
  bad.socket.send(data);
  expect((await bad.closed).code).toBe(CLOSE_CODES.FRAME_INVALID);
  expect(at.logged).toContainEqual(expect.objectContaining({ code: "FRAME_INVALID", system: "SRV2" }));
  expect(good.socket.readyState).toBe(good.socket.OPEN);
});

test("a stranger cannot make the coordinator store more than a Hello", async () => {
  await using at = await startEndpoints();
  const stranger = dial(at.url, "SRV1");
  await stranger.challenge();
  stranger.socket.send(Buffer.alloc(LIMITS.helloFrame + 1000));
  expect((await stranger.closed).code).toBe(CLOSE_CODES.FRAME_TOO_LARGE);
});

test("a frame over the limit ends an authenticated connection with its code", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  agent.socket.send(Buffer.alloc(LIMITS.controlFrame + 1));
  expect((await agent.closed).code).toBe(CLOSE_CODES.FRAME_TOO_LARGE);
  await vi.waitFor(() => expect(at.events.calls).toEqual(["connected SRV1", "disconnected SRV1"]), 20_000);
  expect(at.logged).toContainEqual(expect.objectContaining({ code: "FRAME_TOO_LARGE" }));
});

test("garbage, a second Hello and a mixed inventory end an authenticated connection", async () => {
  await using at = await startEndpoints();
  const garbage = await at.connect("SRV1");
  garbage.socket.send(Buffer.from([255, 255, 255]));
  expect((await garbage.closed).code).toBe(CLOSE_CODES.FRAME_INVALID);
  const twice = await at.connect("SRV1");
  twice.say(
    helloTo(
      { kind: "challenge", nonce: new Uint8Array(32), versionMin: 1, versionMax: 1, coordinator: "" },
      "SRV1",
      makeAgentKey().privateKey,
    ),
  );
  expect((await twice.closed).code).toBe(CLOSE_CODES.FRAME_INVALID);
  const mixed = await at.connect("SRV1");
  mixed.say({ kind: "inventory", digest: "11".repeat(32), units: [held], last: false });
  mixed.say({ kind: "inventory", digest: "22".repeat(32), units: [held], last: true });
  expect((await mixed.closed).code).toBe(CLOSE_CODES.FRAME_INVALID);
  expect(at.events.inventories).toEqual([]);
});

test("when the core cannot process a message, the agent is disconnected and sends it again later", async () => {
  await using at = await startEndpoints({ events: { result: () => Promise.reject(new Error("the store is down")) } });
  const agent = await at.connect("SRV1");
  agent.say({
    kind: "result",
    number: 1,
    orderId: "order-1",
    epoch: 1,
    unit,
    generation: { epoch: 1, counter: 1 },
    outcome: { kind: "removed", files: 1 },
  });
  expect((await agent.closed).code).toBe(CLOSE_CODES.GOING_AWAY);
});

test("an agent that receives no messages is disconnected before they fill the memory", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  agent.socket.pause();
  const order = {
    kind: "order",
    id: "x".repeat(500_000),
    epoch: 1,
    unit,
    generation: { epoch: 1, counter: 1 },
    task: { kind: "activate", graceMs: 1 },
  } as const;
  const sent = await Promise.all(Array.from({ length: 100 }, () => at.connections.send("SRV1", order)));
  expect(sent.filter((handed) => !handed).length).toBeGreaterThan(30);
  await vi.waitFor(() => expect(at.connections.isConnected("SRV1")).toBe(false), 20_000);
  // Without reading what had been sent: no agent would accept an id of that size.
  agent.socket.terminate();
});

test("an agent is asked for its log, and its answer goes to the caller", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  expect(await at.connections.send("SRV1", { kind: "log-query", id: 3, order: "order-1", limit: 10 })).toBe(true);
  expect(await agent.next()).toEqual({ kind: "log-query", id: 3, order: "order-1", limit: 10 });
  agent.say({ kind: "log-lines", id: 3, lines: ["{}"], last: true });
  await vi.waitFor(() => expect(at.events.calls).toContain("log lines SRV1 3"), 20_000);
});

test("agents are told when the coordinator stops, and one that reconnects at once does not delay that", async () => {
  const at = await startEndpoints();
  const agent = await at.connect("SRV1");
  agent.socket.on("close", () => dial(at.url, "SRV1"));
  await at[Symbol.asyncDispose]();
  expect((await agent.closed).code).toBe(CLOSE_CODES.GOING_AWAY);
  expect(at.events.calls).toEqual(["connected SRV1", "disconnected SRV1"]);
});

test("an agent that another coordinator on the same Redis welcomed later is told to connect again, and is welcomed then", async () => {
  let tenure = { restored: 0, started: 1 };
  const exceed = ({ started }: Tenure): boolean => !!(tenure = { restored: 0, started: started + 1 });
  await using at = await startEndpoints({ tenure: { now: () => tenure, exceed } });
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1");
  const seen = { restored: 0, started: 9 };
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey, { seen }));
  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.GOING_AWAY });
  const again = dial(at.url, "SRV1");
  const challenge = await again.challenge();
  expect(challenge.tenure).toEqual({ restored: 0, started: 10 });
  again.say(helloTo(challenge, "SRV1", keys.privateKey, { seen }));
  expect(await again.next()).toMatchObject({ kind: "welcome" });
  expect(at.events.calls).toEqual(["connected SRV1"]);
});

test("an agent that was welcomed by a later coordinator with the same keys is refused by the earlier one, which warns its operators", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1");
  const challenge = await agent.challenge();
  expect(challenge.tenure).toEqual({ restored: 0, started: 1 });
  agent.say(helloTo(challenge, "SRV1", keys.privateKey, { seen: { restored: 5, started: 1 } }));
  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.COORDINATOR_SUPERSEDED });
  expect(at.events.calls).toEqual(["cloned SRV1"]);

  // A stranger's word about it counts nothing.
  const stranger = dial(at.url, "SRV1");
  stranger.say(helloTo(await stranger.challenge(), "SRV1", makeAgentKey().privateKey, { seen: { restored: 5, started: 1 } }));
  expect(await stranger.closed).toMatchObject({ code: CLOSE_CODES.UNAUTHENTICATED });
  expect(at.events.calls).toEqual(["cloned SRV1"]);

  const same = dial(at.url, "SRV1");
  same.say(helloTo(await same.challenge(), "SRV1", keys.privateKey, { seen: { restored: 0, started: 1 } }));
  expect(await same.next()).toMatchObject({ kind: "welcome" });
});

test("an agent of a newer version sends what this one does not know, and everything else of it still counts", async () => {
  await using at = await startEndpoints();
  const agent = await at.connect("SRV1");
  // A message with the field 999 alone, a text.
  agent.socket.send(Uint8Array.from([0xba, 0x3e, 3, 0x6e, 0x65, 0x77]));
  agent.say({ kind: "accepted", orderId: "order-1", epoch: 1 });
  await vi.waitFor(() => expect(at.events.calls).toContain("accepted SRV1 order-1 1"), 20_000);
  expect(agent.socket.readyState).toBe(agent.socket.OPEN);
});
