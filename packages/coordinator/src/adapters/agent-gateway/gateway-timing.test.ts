import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { CLOSE_CODES } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { aHierarchy, memoryRegistry, recordingEvents } from "../../../test-support/fakes.ts";
import { createConnections } from "./connections.ts";
import { createGateway } from "./gateway.ts";

const quiet = () => undefined;

/** @param hello Time limit for the Hello, ms. */
async function startGateway(hello = 20_000) {
  const registry = memoryRegistry();
  const events = recordingEvents();
  const connections = createConnections();
  /** Bytes that were counted on the lines of each system. */
  const charged = new Map<string, number>();
  let beats = 0;
  const beat = (_: string, bytes: number): void => void (beats += bytes);
  const charge = (system: string, bytes: number): void => void charged.set(system, (charged.get(system) ?? 0) + bytes);
  const gateway = createGateway(
    {
      successions: { number: () => 0 },
      coordinatorId: "c",
      tenure: { now: () => ({ restored: 0, started: 1 }), exceed: () => false },
      hierarchy: () => aHierarchy(),
      registry,
      events,
      lines: { watch: quiet },
      pacer: { charge, chargeBeat: beat, chargeConnection: quiet },
      connections,
      neighbours: { join: quiet, opened: quiet, holds: quiet },
      reservations: { issue: () => "" },
      admission: { provedAgent: quiet },
      refusals: { note: quiet },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      clock: Date.now,
    },
    { ping: 20, silence: 300, hello },
  );
  const server = createServer().on("upgrade", (request, stream, head) => gateway.accept(request, stream, head, "SRV1"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    connections,
    charged,
    beats: () => beats,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    registry,
    events,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** An agent that was welcomed. */
async function connectTo({ url, registry }: Awaited<ReturnType<typeof startGateway>>) {
  const keys = makeAgentKey();
  await registry.setKey("SRV1", keys.der);
  const agent = dial(url, "SRV1");
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
  await agent.next();
  return agent;
}

test("a client that sends nothing is disconnected", async () => {
  await using at = await startGateway(100);
  const agent = dial(at.url, "SRV1");
  expect((await agent.closed).code).toBe(CLOSE_CODES.HELLO_TIMEOUT);
});

test("an agent that answers pings stays connected, one that falls silent is disconnected", async () => {
  await using at = await startGateway();
  const agent = await connectTo(at);
  await sleep(300);
  expect(at.events.calls).toEqual(["connected SRV1"]);
  agent.socket.pause();
  await vi.waitFor(() => expect(at.events.calls).toEqual(["connected SRV1", "disconnected SRV1"]), 20_000);
  agent.socket.terminate();
});

test("an agent that spoke while the coordinator stood still for longer than it waits stays connected", async () => {
  await using at = await startGateway();
  const agent = await connectTo(at);
  agent.socket.ping();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await sleep(100);
  expect(at.events.calls).toEqual(["connected SRV1"]);
  agent.socket.terminate();
});

test("an agent that reads nothing but continues to send is disconnected when a message to it is not received in time", async () => {
  await using at = await startGateway();
  const agent = await connectTo(at);
  agent.socket.pause();
  const speaking = setInterval(() => agent.say({ kind: "accepted", orderId: "x", epoch: 1 }), 20);
  const owned = Array.from({ length: 2_000 }, () => ({ path: "x".repeat(400), kind: "folder", rights: "clients-read" }) as const);
  const order = { kind: "order", id: "o", epoch: 1, unit: { role: "dp", name: "ABC00001" }, generation: { epoch: 1, counter: 1 } } as const;
  // Megabytes, because the socket buffers of both sides accept less without waiting.
  const sent = await Promise.all(
    Array.from({ length: 30 }, () => at.connections.send("SRV1", { ...order, task: { kind: "remove", owned } })),
  );
  expect(sent).toContain(false);
  await vi.waitFor(() => expect(at.events.calls).toContain("disconnected SRV1"), 20_000);
  clearInterval(speaking);
  agent.socket.terminate();
});

test("heartbeats of an agent are counted on the lines to its system, those of a connection that has proved nothing are not", async () => {
  await using at = await startGateway();
  const stranger = dial(at.url, "SRV1");
  await sleep(200);
  expect(at.beats()).toBe(0);
  stranger.socket.terminate();
  const agent = await connectTo(at);
  await vi.waitFor(() => expect(at.beats()).toBeGreaterThan(100), 20_000);
  agent.socket.terminate();
});

test("a query of content and its answer are counted on the lines to the system, as all other messages are", async () => {
  await using at = await startGateway();
  const agent = await connectTo(at);
  const before = at.charged.get("SRV1") ?? 0;
  const want = { kind: "file", path: `CAP_ABC/offerinf.box/${"x".repeat(1_000)}`, from: 0, length: 200_000 } as const;
  await at.connections.send("SRV1", { kind: "content-query", id: 1, unit: { role: "cap", name: "CAP_ABC" }, want });
  const asked = (at.charged.get("SRV1") ?? 0) - before;
  expect(asked).toBeGreaterThan(1_000);
  agent.say({ kind: "content-part", id: 1, bytes: new Uint8Array(200_000), last: true });
  await vi.waitFor(() => expect((at.charged.get("SRV1") ?? 0) - before - asked).toBeGreaterThan(200_000), 20_000);
  agent.socket.terminate();
});
