import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { type Tree } from "../../../test-support/disk-fixture.ts";
import { openFetchBench, type FetchBench } from "../../../test-support/fetch-bench.ts";
import { rangesOf, startPeer, type TestPeer } from "../../../test-support/test-peer.ts";

const BIG = noise(1_500_000, 3);

/** 200 small files in 4 folders, and a larger one. */
function files(): Record<string, string | Buffer> {
  const tree: Record<string, string | Buffer> = { "ABC00001/big.bin": BIG };
  for (let i = 0; i < 200; i++) tree[`ABC00001/d${i % 4}/f${i}.txt`] = `file number ${i}`;
  return tree;
}

/** Redirects the chunks for which `has` returns true to the neighbour. */
function name(bench: FetchBench, peer: TestPeer, has: (ordinal: number) => boolean): void {
  bench.server.elsewhere = (ordinals) => {
    const theirs = ordinals.filter(has);
    return theirs.length === 0 ? [] : [{ ranges: rangesOf(theirs), offer: peer.offer() }];
  };
}

function expectAll(bench: FetchBench, tree: Tree): void {
  expect(bench.tree()).toEqual(
    Object.fromEntries(Object.entries(tree).map(([path, content]) => [path, (content as Buffer).toString("utf8")])),
  );
  expect(bench.told.written.toSorted((a, b) => a - b)).toEqual(bench.steps.map(({ chunk }) => chunk.ordinal));
  // A file is completed by one stream, or by others once all its pieces are there: exactly once.
  const completed = new Set(bench.told.completed);
  expect(completed.size).toBe(bench.told.completed.length);
  for (const { path, chunks } of bench.made.manifest.entries.filter((entry) => entry.kind === "file"))
    expect([path, bench.told.pieces.filter((piece) => piece === path).length]).toEqual([path, completed.has(path) ? 0 : chunks.length]);
}

test("chunks that a neighbour has are fetched from it and not from the coordinator, also if they are pieces of one file", async () => {
  const tree = files();
  await using bench = await openFetchBench(tree);
  await using peer = await startPeer(bench.made);
  for (const [path, content] of Object.entries(tree)) peer.write(path, content);
  name(bench, peer, (ordinal) => ordinal % 3 !== 0);
  await bench.fetchAll();
  expectAll(bench, tree);
  expect(bench.told.fromPeers).toBe(
    bench.steps.filter(({ chunk }) => chunk.ordinal % 3 !== 0).reduce((sum, { chunk }) => sum + chunk.size, 0),
  );
  expect(bench.server.afterFailure).toEqual([]);
});

test("however often streams break and neighbours fail, every file is completed once, by the stream that delivers the last of it", async () => {
  const tree: Record<string, Buffer> = { "ABC00001/copy.bin": BIG.subarray(0, 500_000) };
  for (let i = 0; i < 12; i++) tree[`ABC00001/f${i}.bin`] = noise(300_000, i);
  for (let round = 0; round < 3; round++) {
    await using bench = await openFetchBench(tree);
    await using peer = await startPeer(bench.made);
    for (const [path, content] of Object.entries(tree)) peer.write(path, content);
    // With more known about a neighbour, other chunks are named than before.
    let asks = round;
    bench.server.elsewhere = (ordinals) => {
      const theirs = ++asks % 3 === 0 ? ordinals.filter((ordinal) => ordinal % 5 === 0) : [];
      return theirs.length === 0 ? [] : [{ ranges: rangesOf(theirs), offer: peer.offer() }];
    };
    let frames = round;
    bench.server.onFrame = (frame, stream) => {
      if (++frames % 9 === 0 && frames < 300) stream.cut();
      return frame;
    };
    await bench.fetchAll();
    expectAll(bench, tree);
    expect(bench.told.fromPeers).toBeGreaterThan(0);
  }
});

test("a chunk in transit to the neighbour is waited for, longer than a silent neighbour would be", async () => {
  await using bench = await openFetchBench(
    { "ABC00001/a": "alpha", "ABC00001/b": "beta" },
    { peerTimes: { stallMs: 1_000, quietMs: 10_000 } },
  );
  await using peer = await startPeer(bench.made);
  peer.held = { places: [{ root: peer.root }], isGrowing: true };
  name(bench, peer, () => true);
  setTimeout(() => {
    peer.write("ABC00001/a", "alpha");
    peer.write("ABC00001/b", "be"); // half of it is missing
  }, 1_500);
  setTimeout(() => peer.write("ABC00001/b", "beta"), 1_600);
  await bench.fetchAll();
  expectAll(bench, { "ABC00001/a": Buffer.from("alpha"), "ABC00001/b": Buffer.from("beta") });
  expect([bench.server.afterFailure, bench.told.fromPeers]).toEqual([[], 9]);
});

test("what a neighbour holds in changed form, or not at all, is requested from the coordinator", async () => {
  const tree = { "ABC00001/a": Buffer.from("alpha"), "ABC00001/b": Buffer.from("beta") };
  await using bench = await openFetchBench(tree);
  await using peer = await startPeer(bench.made);
  peer.write("ABC00001/a", "ALPHA");
  name(bench, peer, () => true);
  await bench.fetchAll();
  expectAll(bench, tree);
  expect(bench.told).toMatchObject({ fromPeers: 0, thrownAway: 0 });
  expect(bench.server.afterFailure).toEqual([{ failed: "PEER", ordinals: [0, 1] }]);
});

test("a neighbour reads nothing through a link, even if the content behind it is right", async () => {
  const tree = { "ABC00001/a": Buffer.from("alpha") };
  await using bench = await openFetchBench(tree);
  await using peer = await startPeer(bench.made);
  peer.write("elsewhere/a", "alpha");
  symlinkSync(join(peer.root, "elsewhere"), join(peer.root, "ABC00001"));
  name(bench, peer, () => true);
  await bench.fetchAll();
  expect(bench.told.fromPeers).toBe(0);
});

test("a ticket that has expired, is of another manifest or was made for another system opens nothing", async () => {
  const tree = { "ABC00001/a": Buffer.from("alpha") };
  const refused = [
    (peer: TestPeer) => peer.offer({ expires: Date.now() - 1 }),
    (peer: TestPeer) => peer.offer({ manifest: "ab".repeat(32) }),
    (peer: TestPeer) => ({ ...peer.offer({ system: "SRV2" }), key: peer.offer({ system: "SRV1" }).key }),
    (peer: TestPeer) => ({ ...peer.offer(), ticket: "no ticket" }),
  ];
  for (const make of refused) {
    await using bench = await openFetchBench(tree);
    await using peer = await startPeer(bench.made);
    peer.write("ABC00001/a", "alpha");
    bench.server.elsewhere = (ordinals) => [{ ranges: rangesOf(ordinals), offer: make(peer) }];
    await bench.fetchAll();
    expect([bench.told.fromPeers, bench.server.afterFailure.length]).toEqual([0, 1]);
  }
});
