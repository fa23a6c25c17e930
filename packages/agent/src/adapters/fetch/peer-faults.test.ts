import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { CONTENT_PROTOCOL, FRAME_CODEC, PEER_TLS, type Holds, type Ranges } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { encodeFrame } from "@sitewright/testkit/content-server";
import { openFetchBench, type FetchBench } from "../../../test-support/fetch-bench.ts";
import { rangesOf as foldOrdinals } from "../../domain/chunks/ordinals.ts";
import { keyOf, offerOf, rangesOf, startPeer, type TestPeer } from "../../../test-support/test-peer.ts";

const BIG = noise(2_000_000, 9);
const TREE = { "ABC00001/a": BIG };

/** The coordinator redirects everything to this neighbour, this many times. */
function nameNeighbour(bench: FetchBench, peer: TestPeer, times = Infinity): void {
  peer.held = { places: [{ root: peer.root }], isGrowing: true };
  let named = 0;
  bench.server.elsewhere = (ordinals) => (++named > times ? [] : [{ ranges: rangesOf(ordinals), offer: peer.offer() }]);
}

/** The same for a neighbour that is not an agent. */
function nameOdd(bench: FetchBench, peer: Server): void {
  const ticket = { system: "SRV1", manifest: bench.made.digest, expires: Date.now() + 60_000 };
  const { port } = peer.address() as AddressInfo;
  bench.server.elsewhere = (ordinals) => [{ ranges: rangesOf(ordinals), offer: offerOf(port, ticket) }];
}

test("when a neighbour dies in mid-transfer, only what is missing is sent over the line", async () => {
  await using bench = await openFetchBench(TREE);
  await using peer = await startPeer(bench.made);
  peer.write("ABC00001/a", BIG.subarray(0, 1_000_000));
  nameNeighbour(bench, peer);
  const fetching = bench.fetchAll();
  await expect.poll(() => bench.told.fromPeers).toBeGreaterThan(100_000);
  peer.die();
  await fetching;
  expect(bench.tree()["ABC00001/a"] === BIG.toString("utf8")).toBe(true);
  const again = bench.server.afterFailure.flatMap(({ ordinals }) => ordinals);
  expect(bench.told.fromPeers + bench.server.streams.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(BIG.length * 1.05);
  expect(new Set(again).size).toBe(again.length);
});

test("a neighbour that accepts the connection and sends nothing is abandoned after a moment, and not used again", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  let connections = 0;
  silent.on("connection", (socket) => {
    connections += 1;
    // The abandoning side may reset the connection.
    socket.on("error", () => undefined);
  });
  await using bench = await openFetchBench(TREE, { peerTimes: { stallMs: 150, quietMs: 10_000 } });
  nameOdd(bench, silent);
  await bench.fetchAll(8);
  silent.close();
  expect(bench.tree()["ABC00001/a"] === BIG.toString("utf8")).toBe(true);
  expect(connections).toBeLessThanOrEqual(2);
  expect(bench.logged.filter((line) => line.includes("a neighbour did not deliver"))).toHaveLength(1);
});

/** A neighbour that authenticates and then answers each request in its own way. */
async function oddPeer(answer: (socket: TLSSocket) => void): Promise<Server> {
  const server = createTlsServer({ ...PEER_TLS, pskCallback: (_, identity) => keyOf(identity) }, (socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${CONTENT_PROTOCOL}\r\n\r\n`);
      socket.on("data", () => answer(socket));
    });
    socket.on("error", () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

test("a neighbour that delivers almost nothing, though it has it, is abandoned", async () => {
  const frame = encodeFrame({ codec: FRAME_CODEC.raw, ordinal: 0, count: 1, payload: Buffer.from("alpha") });
  const slow = await oddPeer((socket) => frame.forEach((byte, i) => setTimeout(() => socket.write(Buffer.of(byte)), i * 100)));
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" }, { peerTimes: { stallMs: 1_000, quietMs: 200 } });
  nameOdd(bench, slow);
  await bench.fetchAll();
  slow.close();
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha" });
  expect(bench.server.afterFailure).toEqual([{ failed: "PEER", ordinals: [0] }]);
});

test("damaged bytes of a neighbour are discarded and only counted as damaged", async () => {
  const frame = encodeFrame({ codec: FRAME_CODEC.raw, ordinal: 0, count: 1, payload: Buffer.from("ALPHA") });
  const lie = await oddPeer((socket) => socket.write(frame));
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  nameOdd(bench, lie);
  await bench.fetchAll();
  lie.close();
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha" });
  expect(bench.told).toMatchObject({ written: [0], thrownAway: 5, fromPeers: 0 });
  expect(bench.server.afterFailure).toEqual([{ failed: "PEER", ordinals: [0] }]);
});

test("a neighbour that reports for long that it has nothing yet is dropped, and the coordinator is asked again", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" }, { peerTimes: { stallMs: 1_000, quietMs: 150 } });
  await using peer = await startPeer(bench.made);
  nameNeighbour(bench, peer, 2);
  await bench.fetchAll();
  expect([bench.server.asked, bench.server.afterFailure]).toEqual([[0, 0, 0], []]);
});

test("a cancel also ends transfers from neighbours, with no file left open", async () => {
  await using bench = await openFetchBench(TREE);
  await using peer = await startPeer(bench.made);
  peer.write("ABC00001/a", BIG.subarray(0, 1_000_000));
  nameNeighbour(bench, peer);
  const fetching = bench.fetchAll();
  setTimeout(() => bench.controller.abort(), 200);
  await expect(fetching).rejects.toMatchObject({ code: "CANCELLED" });
  expect(bench.openFiles()).toEqual([]);
});

function countOf(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

test("a reconnected coordinator is told what is local, and transfers from neighbours continue meanwhile", async () => {
  await using bench = await openFetchBench(TREE, { servesPeers: true });
  await using peer = await startPeer(bench.made);
  nameNeighbour(bench, peer);
  const fetching = bench.fetchAll();
  await expect.poll(() => bench.server.asked.length).toBe(bench.steps.length);
  bench.current.down();
  peer.write("ABC00001/a", BIG.subarray(0, 1_000_000));
  await expect.poll(() => bench.told.fromPeers).toBeGreaterThan(100_000);
  bench.linkUp("token-2");
  await expect.poll(() => bench.said).toHaveLength(1);
  const { ranges } = bench.said[0] as Holds;
  expect(ranges).toEqual(foldOrdinals(bench.told.written.slice(0, countOf(ranges)).toSorted((a, b) => a - b)));
  peer.write("ABC00001/a", BIG);
  await fetching;
  expect(bench.told.fromPeers).toBe(BIG.length);
  bench.current.down();
  bench.linkUp("token-3");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(bench.said).toHaveLength(1);
});
