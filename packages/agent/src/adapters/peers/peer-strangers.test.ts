import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { PEER_TLS, type PeerOffer } from "@sitewright/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { openFetchBench } from "../../../test-support/fetch-bench.ts";
import { keyOf, rangesOf, startPeer } from "../../../test-support/test-peer.ts";

/** Completes the handshake with a ticket; or is ended there. */
async function enter({ host, port, ticket }: PeerOffer): Promise<TLSSocket> {
  const pskCallback = () => ({ psk: keyOf(ticket), identity: ticket });
  const socket = connectTls({ ...PEER_TLS, host, port, pskCallback, checkServerIdentity: () => undefined });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined).resume();
  await new Promise((resolve) => socket.once("secureConnect", resolve).once("close", resolve));
  return socket;
}

test("strangers who hold connections to a neighbour keep no holder of a ticket out", async () => {
  const tree = { "ABC00001/a": Buffer.from("alpha"), "ABC00001/b": Buffer.from("beta") };
  await using bench = await openFetchBench(tree);
  await using peer = await startPeer(bench.made);
  for (const [path, content] of Object.entries(tree)) peer.write(path, content);
  const { host, port } = peer.offer();
  const strangers = Array.from({ length: 300 }, () =>
    connect({ host, port })
      .on("error", () => undefined)
      .resume(),
  );
  onTestFinished(() => strangers.forEach((socket) => socket.destroy()));
  // The newest 32 of one address are accepted, for a short time.
  await vi.waitFor(() => expect(strangers.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(32), 5_000);
  bench.server.elsewhere = (ordinals) => [{ ranges: rangesOf(ordinals), offer: peer.offer() }];
  await bench.fetchAll();
  expect([bench.told.fromPeers, bench.server.afterFailure]).toEqual([9, []]);
});

test("a neighbour may have some connections open, but not all of them", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  await using peer = await startPeer(bench.made);
  const greedy: TLSSocket[] = [];
  for (let i = 0; i < 45; i++) greedy.push(await enter(peer.offer()));
  await vi.waitFor(() => expect(greedy.filter((socket) => socket.destroyed)).toHaveLength(5), 20_000);
  const other = await enter(peer.offer({ system: "SRV2" }));
  expect(other.destroyed).toBe(false);
});

test("a neighbour that is shut out loses its open streams, and no other does", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  await using peer = await startPeer(bench.made);
  const [gone, other] = [await enter(peer.offer()), await enter(peer.offer({ system: "SRV2" }))];
  peer.shutOut("SRV1");
  await once(gone, "close");
  expect(other.destroyed).toBe(false);
});
