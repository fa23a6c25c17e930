import { expect, test, vi } from "vitest";
import { watchStream } from "../../http/content-endpoint.ts";

const TIMES = { every: 10, silence: 50 };

/** A stream with this many bytes in transit, and how it was ended. */
function watched(underWay: () => number, lineWaits = false, prove: () => Promise<void> = async () => undefined) {
  const ends: unknown[] = [];
  const stop = watchStream({ underWay, lineWaits: () => lineWaits, prove, end: (why) => ends.push(why) }, TIMES);
  return { ends, stop };
}

test("an agent that receives nothing of what is in transit loses its stream", async () => {
  const { ends, stop } = watched(() => 100);
  await vi.waitFor(() => expect(ends[0]).toMatchObject({ code: "CONTENT_UNAVAILABLE" }), 20_000);
  stop();
});

test("an agent that receives a little, one that has all, and one whose line is closed keep theirs", async () => {
  let left = 1_000_000;
  const streams = [watched(() => (left -= 1)), watched(() => 0), watched(() => 100, true)];
  const silent = watched(() => 100);
  await vi.waitFor(() => expect(silent.ends.length).toBeGreaterThan(3), 20_000);
  expect(streams.map(({ ends }) => ends)).toEqual([[], [], []]);
  for (const { stop } of [...streams, silent]) stop();
});

test("a stream ends when its order has ended", async () => {
  const { ends, stop } = watched(
    () => 0,
    false,
    () => Promise.reject(new Error("not ordered")),
  );
  await vi.waitFor(() => expect(ends[0]).toEqual(new Error("not ordered")), 20_000);
  stop();
});
