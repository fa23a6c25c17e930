import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { openFetchBench } from "../../../test-support/fetch-bench.ts";

const BIG = noise(3_000_000, 5);

/** 600 small files in 6 folders, and a larger one. */
function manyFiles(): Record<string, string | Buffer> {
  const tree: Record<string, string | Buffer> = { "ABC00001/big.bin": BIG };
  for (let i = 0; i < 600; i++) tree[`ABC00001/d${i % 6}/f${i}.txt`] = `file number ${i}`;
  return tree;
}

test("everything arrives, and each stream completes its own files", async () => {
  const tree = manyFiles();
  await using bench = await openFetchBench(tree);
  const told = await bench.fetchAll();
  expect(bench.tree()).toEqual(Object.fromEntries(Object.entries(tree).map(([path, content]) => [path, content.toString("utf8")])));
  expect(told.written.toSorted((a, b) => a - b)).toEqual(bench.steps.map(({ chunk }) => chunk.ordinal));
  expect(told.completed).toHaveLength(600);
  expect(new Set(told.pieces)).toEqual(new Set(["ABC00001/big.bin"]));
  expect(told.thrownAway).toBe(0);
  expect(bench.openFiles()).toEqual([]);
});

test("the result is the same when the steps are added window after window", async () => {
  await using bench = await openFetchBench(manyFiles());
  const told = await bench.fetchAll(50);
  expect(told.written).toHaveLength(bench.steps.length);
  expect(bench.server.asked).toHaveLength(bench.steps.length);
  expect(Buffer.from(bench.tree()["ABC00001/big.bin"] as string)).toEqual(Buffer.from(BIG.toString("utf8")));
});

test("what is in several files is transferred once and written to all of them", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG, "ABC00001/b": BIG, "ABC00001/c": "small", "ABC00001/d": "small" });
  await bench.fetchAll();
  expect(new Set(bench.server.asked).size).toBe(bench.server.asked.length);
  const { "ABC00001/a": a, "ABC00001/b": b, ...rest } = bench.tree();
  expect([a === BIG.toString("utf8"), b === a]).toEqual([true, true]);
  expect(rest).toEqual({ "ABC00001/c": "small", "ABC00001/d": "small" });
});

test("no more is in transit than the coordinator's window and the frames begun in it", async () => {
  await using bench = await openFetchBench(manyFiles());
  bench.server.window = 32 * 1024;
  await bench.fetchAll();
  expect(bench.server.most.underWay).toBeLessThan(32 * 1024 + 8 * (16 + 64) * 1024);
});

test("a window smaller than any frame does not stop the stream", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  bench.server.window = 1;
  await bench.fetchAll();
  expect(bench.told.written).toHaveLength(bench.steps.length);
});

test("with a long round trip more streams are opened, and never more than eight", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  bench.server.delayMs = 60;
  bench.server.onFrame = async (frame) => {
    await new Promise((resolve) => setTimeout(resolve, 150)); // each stream is slow by itself
    return frame;
  };
  await bench.fetchAll();
  expect(bench.server.most.open).toBe(8);
});

test("a small change is requested as a whole before anything of it has arrived", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": noise(800_000, 6) });
  const isAsked = Promise.withResolvers<void>();
  const looking = setInterval(() => bench.server.asked.length === bench.steps.length && isAsked.resolve(), 10);
  bench.server.onFrame = async (frame) => {
    await isAsked.promise;
    return frame;
  };
  await bench.fetchAll().finally(() => clearInterval(looking));
  expect(bench.told.written).toHaveLength(bench.steps.length);
});

test("what is requested before a stream is open reaches the coordinator without waiting for that", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "little" });
  bench.server.delayMs = 500;
  await bench.fetchAll();
  expect(bench.server.streams).toMatchObject([{ isAskedEarly: true, asked: [0] }]);
});

test("a little content needs only one stream", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "little", "ABC00001/b": "more" });
  await bench.fetchAll();
  expect(bench.server.streams).toHaveLength(1);
});

test("a cancel in mid-stream ends the fetch, with no file left open and nothing written afterwards", async () => {
  await using bench = await openFetchBench(manyFiles());
  bench.server.onFrame = (frame) => {
    if (bench.server.streams.reduce((sum, { sent }) => sum + sent, 0) > 1_000_000) bench.controller.abort();
    return frame;
  };
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(bench.openFiles()).toEqual([]);
  const before = JSON.stringify(bench.tree());
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(JSON.stringify(bench.tree())).toBe(before);
});

test("a fetch that is cancelled before it begins, or without a link, ends at once", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "little" });
  bench.current.down();
  const fetching = bench.fetchAll();
  setTimeout(() => bench.controller.abort(), 50);
  await expect(fetching).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(bench.server.streams).toEqual([]);
});
