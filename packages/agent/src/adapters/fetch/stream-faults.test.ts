import { FRAME_CODEC } from "@sitewright/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { openFetchBench } from "../../../test-support/fetch-bench.ts";

const BIG = noise(2_000_000, 7);

test("a broken stream is opened again, and what was written is not transferred again", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  let cuts = 3;
  bench.server.onFrame = (frame, stream) => {
    if (stream.sent > 100_000 && cuts > 0) {
      cuts -= 1;
      stream.cut();
    }
    return frame;
  };
  await bench.fetchAll();
  expect(cuts).toBe(0);
  expect(bench.told.written).toHaveLength(bench.steps.length);
  const sent = bench.server.streams.reduce((sum, stream) => sum + stream.sent, 0);
  expect(sent).toBeLessThan(BIG.length * 1.02 + 3 * bench.server.window + 8 * 80_000);
  expect(bench.tree()["ABC00001/a"] === BIG.toString("utf8")).toBe(true);
});

test("when the link is lost the fetch waits for the next one, and continues with its token", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  let once = true;
  bench.server.onFrame = (frame, stream) => {
    if (stream.sent > 200_000 && once) {
      once = false;
      bench.current.down();
      setTimeout(() => bench.linkUp("token-2"), 50);
    }
    return frame;
  };
  await bench.fetchAll();
  expect(new Set(bench.server.streams.map(({ token }) => token))).toEqual(new Set(["token-1", "token-2"]));
  const sent = bench.server.streams.reduce((sum, stream) => sum + stream.sent, 0);
  expect(sent).toBeLessThan(BIG.length * 1.02 + bench.server.window + 8 * 80_000);
  expect(bench.told.written).toHaveLength(bench.steps.length);
});

test("a chunk that arrives damaged is fetched again and counted as discarded", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha", "ABC00001/b": "beta" });
  let faults = 1;
  bench.server.onFrame = (frame) => (faults-- > 0 ? { ...frame, codec: FRAME_CODEC.raw, payload: Buffer.from("alphaBETA") } : frame);
  await bench.fetchAll();
  expect(bench.told).toMatchObject({ written: [0, 1], thrownAway: 4 });
  expect(bench.server.asked).toEqual([0, 1, 1]);
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha", "ABC00001/b": "beta" });
});

test("a packed frame that cannot be unpacked is fetched again, all of its chunks", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha", "ABC00001/b": "beta" });
  let faults = 2;
  bench.server.onFrame = (frame) => (faults-- > 0 ? { ...frame, codec: FRAME_CODEC.zstd, payload: Buffer.from("no zstd") } : frame);
  await bench.fetchAll();
  expect(bench.told.thrownAway).toBe(14);
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha", "ABC00001/b": "beta" });
});

test("a chunk that arrives damaged three times ends the fetch, naming its file", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha", "ABC00001/b": "beta" });
  bench.server.onFrame = (frame) => ({ ...frame, codec: FRAME_CODEC.raw, payload: Buffer.from("alphaBETA").subarray(frame.ordinal * 5) });
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "HASH_MISMATCH", path: "ABC00001/b" });
  expect(bench.server.asked).toEqual([0, 1, 1, 1]);
  expect(bench.openFiles()).toEqual([]);
});

test("what the source cannot provide ends the fetch with its reason", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  bench.server.onFrame = (frame, stream) => {
    if (stream.sent > 500_000) stream.refuse("SOURCE_CHANGED", "it was edited meanwhile");
    return frame;
  };
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "SOURCE_CHANGED", message: "it was edited meanwhile" });
});

test("an order that the coordinator no longer serves ends with a retryable failure", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  bench.server.onOpen = () => ({ status: 403, code: "FORBIDDEN" });
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE", retryable: true });
});

test("a coordinator that is busy or no longer knows the token is asked again", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  bench.server.onOpen = (number) =>
    number === 1 ? { status: 429, code: "TOO_MANY_REQUESTS" } : number === 2 ? { status: 401, code: "UNAUTHENTICATED" } : undefined;
  await bench.fetchAll();
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha" });
});

test("a stalled stream is closed and the rest is requested on another", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" }, { stallMs: 1_000 });
  bench.server.onFrame = (frame, stream) => (stream.number === 1 ? new Promise(() => {}) : frame);
  await bench.fetchAll();
  expect(bench.server.streams).toHaveLength(2);
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha" });
});

test("after streams that stood still one alone is opened, until something comes", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG }, { stallMs: 500 });
  const openedAt: number[] = [];
  bench.server.onOpen = (number) => void (openedAt[number] = performance.now());
  bench.server.onFrame = (frame, stream) => (stream.number < 5 ? new Promise(() => {}) : frame);
  await bench.fetchAll();
  const waits = [4, 5].map((number) => (openedAt[number] ?? 0) - (openedAt[number - 1] ?? 0));
  expect(Math.min(...waits)).toBeGreaterThan(400);
  expect(bench.told.written).toHaveLength(bench.steps.length);
});

test("a stream with unrequested content is damaged: after three of them in a row, the order fails", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  bench.server.onFrame = (frame) => ({ ...frame, ordinal: 99 });
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE" });
  expect(bench.server.streams).toHaveLength(3);
});

test("a file that cannot be written ends the fetch with its path", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  bench.made.manifest.entries.forEach((entry) => Object.assign(entry, { path: "ABC00001/absent/a" }));
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "IO_ERROR", path: expect.stringContaining("absent/a") as string });
});

test("what was to be copied, and is fetched in the end, is requested separately although it precedes what was requested already", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": "alpha", "ABC00001/b": "beta", "ABC00001/c": "gamma" });
  bench.steps.reverse();
  await bench.fetchAll(1);
  expect(new Set(bench.told.written)).toEqual(new Set([0, 1, 2]));
  expect(bench.tree()).toEqual({ "ABC00001/a": "alpha", "ABC00001/b": "beta", "ABC00001/c": "gamma" });
});

test("a request that the coordinator refuses ends the fetch after three attempts, although other content arrives in between", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG, "ABC00001/z": "omega" });
  const last = bench.steps.length - 1;
  bench.server.onFrame = (frame, stream) => {
    if (frame.ordinal + frame.count > last) stream.refuse("FRAME_INVALID", "it is no ask");
    return frame;
  };
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE", message: expect.stringContaining("it is no ask") });
  expect(bench.server.asked.filter((ordinal) => ordinal === last).length).toBeLessThanOrEqual(4);
});

test("a coordinator that hangs up at every request without a message is not asked endlessly", async () => {
  // The shortest random waits between attempts.
  const chance = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => chance.mockRestore());
  await using bench = await openFetchBench({ "ABC00001/a": "alpha" });
  bench.server.onFrame = (frame, stream) => {
    stream.cut();
    return frame;
  };
  await expect(bench.fetchAll()).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE", path: "ABC00001/a" });
  expect(bench.server.streams).toHaveLength(10);
});
