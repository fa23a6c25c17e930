import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import {
  CLOSE_CODES,
  FRAME_CODEC,
  readTicket,
  type PeerRedirect,
  type PeerAccess,
  type PeerOffer,
  type Ranges,
} from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import type { AgentWire } from "@sitewright/testkit/agent-wire";
import { aHierarchy, anAddress, aPhase } from "../../test-support/fakes.ts";
import type { Hierarchy, System } from "../domain/sites/hierarchy.ts";
import { serveUnit, type ServedUnit } from "../../test-support/served-unit.ts";
import type { StreamClient } from "../../test-support/stream-client.ts";

const FILES = { "a.bin": noise(400_000, 1), b: "text" };
/** Agents of tests connect from loopback; their endpoints are those of the site data. */
const DOOR = "10.0.0.9";
const BARE = aHierarchy([anAddress("SEC", { bandwidth: 50_000_000 })]);
const LINE = { ...BARE, systems: new Map([...BARE.systems].map(([name, system]) => [name, { ...system, peerAddress: DOOR }])) };

/** A unit that SRV2 and SRV3, behind one address, should have. */
async function serveBoth(setUp: Parameters<typeof serveUnit>[1] = {}): Promise<ServedUnit> {
  const unit = await serveUnit(FILES, { system: "SRV2", hierarchy: LINE, ...setUp });
  unit.orders.set("order-2", aPhase({ id: "order-2", system: "SRV3", manifest: unit.manifest }));
  return unit;
}

interface TakesPart extends AgentWire {
  /** That opens its streams. */
  token: string;
  access: PeerAccess;
  stream: StreamClient;
}

/** Connects an agent that serves its neighbours, and opens a stream for its order. */
async function takePart(unit: ServedUnit, system: "SRV2" | "SRV3"): Promise<TakesPart> {
  const agent = await unit.connect(system);
  const access = (await agent.next()) as PeerAccess;
  agent.say({ kind: "peer-open", endpoint: { host: DOOR, port: system === "SRV2" ? 7002 : 7003 } });
  await settled(unit, system, agent);
  return { ...agent, access, stream: await unit.open(agent.token, { order: system === "SRV2" ? "order-1" : "order-2" }) };
}

/** The agent's earlier messages have been processed. */
async function settled(unit: ServedUnit, system: string, agent: AgentWire): Promise<void> {
  const before = unit.events.calls.length;
  agent.say({ kind: "accepted", orderId: "order-9", epoch: 1 });
  await expect.poll(() => unit.events.calls.slice(before)).toContain(`accepted ${system} order-9 1`);
}

/** Requests ranges, waits until all were answered, and returns the redirects. */
async function ask(stream: StreamClient, ranges: Ranges, failed?: string): Promise<(PeerOffer & Pick<PeerRedirect, "ranges">)[]> {
  const from = stream.frames.length;
  stream.ask(ranges, failed);
  const asked = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const answers = () => stream.frames.slice(from);
  await expect.poll(() => answers().reduce((sum, { count }) => sum + count, 0)).toBe(asked);
  return answers().flatMap(({ codec, content }) =>
    codec === FRAME_CODEC.elsewhere ? [JSON.parse(content.toString()) as PeerOffer & Pick<PeerRedirect, "ranges">] : [],
  );
}

const all = (unit: ServedUnit): Ranges => [[0, unit.chunks.length - 1]];

test("content that one system is receiving is not sent over the line to its neighbour, which is redirected and gets a ticket", async () => {
  await using unit = await serveBoth();
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  expect(await ask(two.stream, all(unit))).toEqual([]);
  const sent = unit.sentBytes();
  const [notice] = await ask(three.stream, all(unit));
  expect(notice).toMatchObject({ system: "SRV2", host: "10.0.0.9", port: 7002, ranges: all(unit) });
  expect(unit.sentBytes() - sent).toBeLessThan(1_000);
  const ticket = notice?.ticket ?? "";
  expect(readTicket(ticket)).toMatchObject({ system: "SRV3", manifest: unit.manifest });
  expect(notice?.key).toBe(createHmac("sha256", two.access.key).update(ticket).digest("base64url"));
});

test("a redirect is sent before any content of that request, and the rest arrives in its order", async () => {
  await using unit = await serveBoth();
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  await ask(two.stream, [[2, 2]]);
  expect(await ask(three.stream, all(unit))).toMatchObject([{ ranges: [[2, 2]] }]);
  const { frames } = three.stream;
  expect(frames[0]?.codec).toBe(FRAME_CODEC.elsewhere);
  const last = unit.chunks.length - 1;
  expect(Buffer.concat(frames.slice(1).map(({ content }) => content))).toEqual(Buffer.concat([unit.content(0, 1), unit.content(3, last)]));
});

test("after a failure the coordinator sends all of it, and does not name that neighbour again", async () => {
  await using unit = await serveBoth();
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  await ask(two.stream, all(unit));
  expect(await ask(three.stream, [[0, 1]])).toHaveLength(1);
  expect(await ask(three.stream, [[0, 1]], "SRV2")).toEqual([]);
  expect(await ask(three.stream, [[2, 3]])).toEqual([]);
});

test("what a system holds or has received completely is not sent to its neighbour either", async () => {
  await using holding = await serveBoth();
  const [two, three] = [await takePart(holding, "SRV2"), await takePart(holding, "SRV3")];
  two.say({ kind: "holds", manifest: holding.manifest, ranges: [[1, 2]] });
  await settled(holding, "SRV2", two);
  expect(await ask(three.stream, [[0, 3]])).toMatchObject([{ system: "SRV2", ranges: [[1, 2]] }]);

  await using complete = await serveBoth({ complete: ["SRV2"] });
  await takePart(complete, "SRV2");
  const other = await takePart(complete, "SRV3");
  expect(await ask(other.stream, all(complete))).toMatchObject([{ system: "SRV2", ranges: all(complete) }]);
});

test("a system without an open endpoint is redirected to neighbours, and not named to them", async () => {
  await using unit = await serveBoth();
  const two = await takePart(unit, "SRV2");
  const agent = await unit.connect("SRV3");
  agent.say({ kind: "peer-open" });
  await settled(unit, "SRV3", agent);
  const stream = await unit.open(agent.token, { order: "order-2" });
  expect(await ask(stream, [[0, 1]])).toEqual([]);
  expect(await ask(two.stream, [[0, 2]])).toEqual([]);
  expect(await ask(stream, [[2, 2]])).toMatchObject([{ system: "SRV2" }]);
});

test("a system whose connection has ended, or that takes no part, is neither named nor redirected", async () => {
  await using unit = await serveBoth();
  const two = await takePart(unit, "SRV2");
  await ask(two.stream, [[0, 1]]);
  two.socket.terminate();
  await expect.poll(() => unit.events.calls).toContain("disconnected SRV2");
  const three = await takePart(unit, "SRV3");
  expect(await ask(three.stream, all(unit))).toEqual([]);
  const closed = await unit.connect("SRV2");
  expect(await ask(await unit.open(closed.token), [[0, 1]])).toEqual([]);
});

test("no agent is told of neighbours on a line that excludes them", async () => {
  const systems = new Map([...LINE.systems].map(([name, system]) => [name, { ...system, peers: false as const }]));
  await using unit = await serveBoth({ hierarchy: { ...LINE, systems } });
  const agent = await unit.connect("SRV2");
  agent.say({ kind: "peer-open", endpoint: { host: "10.0.0.9", port: 7002 } });
  await settled(unit, "SRV2", agent);
  await ask(await unit.open(agent.token), all(unit));
  const other = await unit.connect("SRV3");
  expect(await ask(await unit.open(other.token, { order: "order-2" }), all(unit))).toEqual([]);
});

test("an endpoint whose address is neither the agent's own nor stated in the site data is not named to any agent, and is logged", async () => {
  await using unit = await serveBoth({ hierarchy: BARE });
  const two = await takePart(unit, "SRV2");
  await ask(two.stream, all(unit));
  const three = await takePart(unit, "SRV3");
  expect(await ask(three.stream, all(unit))).toEqual([]);
  expect(unit.logged).toContainEqual(expect.objectContaining({ level: "warn", system: "SRV2", endpoint: DOOR, address: "127.0.0.1" }));
});

test("an address that the site data begin to state for an endpoint, or state no more, counts at once", async () => {
  const systems = new Map(BARE.systems);
  const state = (from: Hierarchy): unknown => systems.set("SRV2", from.systems.get("SRV2") as System);
  await using unit = await serveBoth({ hierarchy: { ...BARE, systems } });
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  await ask(two.stream, all(unit));
  state(LINE);
  expect(await ask(three.stream, [[0, 1]])).toMatchObject([{ system: "SRV2", host: DOOR }]);
  state(BARE);
  expect(await ask(three.stream, [[2, 3]])).toEqual([]);
});

test("an endpoint at the address of the agent's own connection needs no entry in the site data", async () => {
  await using unit = await serveBoth({ hierarchy: BARE });
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  two.say({ kind: "peer-open", endpoint: { host: "127.0.0.1", port: 7002 } });
  await settled(unit, "SRV2", two);
  await ask(two.stream, all(unit));
  expect(await ask(three.stream, all(unit))).toMatchObject([{ system: "SRV2", host: "127.0.0.1" }]);
});

test("inventories of content that was not ordered, or of chunks beyond the content, are ignored", async () => {
  await using unit = await serveBoth();
  unit.orders.delete("order-2");
  const [two, three] = [await takePart(unit, "SRV2"), await unit.connect("SRV3")];
  await three.next();
  three.say({ kind: "peer-open", endpoint: { host: DOOR, port: 7003 } });
  three.say({ kind: "holds", manifest: unit.manifest, ranges: [[0, 2]] });
  two.say({ kind: "holds", manifest: unit.manifest, ranges: [[0, 64 * 1024 * 1024 - 1]] });
  await settled(unit, "SRV3", three);
  expect(await ask(two.stream, all(unit))).toEqual([]);
});

test("a neighbour that promises content and receives nothing is waited for some seconds, then the coordinator sends all of it", async () => {
  let ahead = 0;
  await using unit = await serveBoth({ complete: ["SRV2"], clock: () => Date.now() + ahead });
  await takePart(unit, "SRV2");
  const three = await takePart(unit, "SRV3");
  expect(await ask(three.stream, all(unit))).toMatchObject([{ system: "SRV2" }]);
  ahead = 10_000;
  expect(await ask(three.stream, all(unit))).toMatchObject([{ system: "SRV2" }]);
  ahead = 20_000;
  expect(await ask(three.stream, all(unit))).toEqual([]);
  expect(unit.logged).toContainEqual(expect.objectContaining({ system: "SRV3", peer: "SRV2" }));
});

test("what one order waited for in vain says nothing of the next order for the same content", async () => {
  let ahead = 0;
  await using unit = await serveBoth({ complete: ["SRV2"], clock: () => Date.now() + ahead });
  await takePart(unit, "SRV2");
  const three = await takePart(unit, "SRV3");
  expect(await ask(three.stream, all(unit))).toMatchObject([{ system: "SRV2" }]);
  ahead = 60_000;
  unit.orders.set("order-3", aPhase({ id: "order-3", system: "SRV3", manifest: unit.manifest }));
  const later = await unit.open(three.token, { order: "order-3" });
  expect(await ask(later, all(unit))).toMatchObject([{ system: "SRV2" }]);
});

test("a neighbour that is receiving the content itself is waited for while its bytes advance, within a limit", async () => {
  let [ahead, moved] = [0, 0];
  await using unit = await serveBoth({ clock: () => Date.now() + ahead, moved: (system) => (system === "SRV2" ? moved : 0) });
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  await ask(two.stream, all(unit));
  for (ahead = 0; ahead < 290_000; ahead += 12_000) {
    expect(await ask(three.stream, all(unit))).toMatchObject([{ system: "SRV2" }]);
    moved += 1;
  }
  ahead = 310_000;
  expect(await ask(three.stream, all(unit))).toEqual([]);
});

test("when a system is shut out, neighbours to which it had tickets get another key and are told whose streams to end", async () => {
  await using unit = await serveBoth();
  const [two, three] = [await takePart(unit, "SRV2"), await takePart(unit, "SRV3")];
  await ask(two.stream, all(unit));
  const [notice] = await ask(three.stream, all(unit));
  await unit.connections.end("SRV3", "revoked");
  const renewed = (await two.next()) as PeerAccess;
  expect(renewed).toMatchObject({ kind: "peer-access", gone: ["SRV3"] });
  const keyOf = (access: PeerAccess): string =>
    createHmac("sha256", access.key)
      .update(notice?.ticket ?? "")
      .digest("base64url");
  expect(keyOf(two.access)).toBe(notice?.key);
  expect(keyOf(renewed)).not.toBe(notice?.key);
  // Agents to which SRV2 had no ticket are not affected.
  await unit.connections.end("SRV2", "revoked");
  expect((await three.closed).code).toBe(CLOSE_CODES.UNAUTHENTICATED);
});
