import { expect, test } from "vitest";
import { MOST_STREAMS, nextStreamCount, type StreamSample } from "./stream-count.ts";

/** Lets the number of streams settle on a line with the rate `rateOf(streams)`. */
function settle(roundTripMs: number, rateOf: (streams: number) => number, seconds: number): number[] {
  const samples: StreamSample[] = [];
  const counts: number[] = [];
  for (let i = 0; i < seconds; i++) {
    const streams = nextStreamCount({ roundTripMs, samples });
    counts.push(streams);
    samples.push({ streams, rate: rateOf(streams) });
  }
  return counts;
}

test("on a line that two streams fill a third is tried once, and closed", () => {
  expect(settle(1, () => 1e6, 8)).toEqual([2, 3, 2, 2, 2, 2, 2, 2]);
});

test("streams are added as long as each further one raises the rate, up to four with a short round trip and to the coordinator's limit with a long one", () => {
  expect(settle(1, (streams) => Math.min(streams, 3) * 1e6, 8)).toEqual([2, 3, 4, 3, 3, 3, 3, 3]);
  expect(Math.max(...settle(1, (streams) => streams * 1e6, 100))).toBe(4);
  expect(Math.max(...settle(80, (streams) => streams * 1e6, 100))).toBe(MOST_STREAMS);
});

test("with a long round trip the transfer begins with four streams, and eight follow immediately", () => {
  expect(settle(80, (streams) => streams * 1e5, 5)).toEqual([4, 8, 8, 8, 8]);
});

test("with a long round trip on a line that four streams fill, the number settles at four", () => {
  expect(settle(80, () => 2.5e6, 8)).toEqual([4, 8, 8, 8, 8, 4, 4, 4]);
});

test("what a long line carries before its first loss does not mislead for long", () => {
  let seconds = 0;
  const counts = settle(80, (streams) => (++seconds > 3 ? streams * 2e5 : 2e6), 20);
  expect(counts.slice(10)).toEqual(Array.from({ length: 10 }, () => 8));
});

test("after some time it is tried again whether more streams raise the rate", () => {
  let seconds = 0;
  const counts = settle(1, (streams) => (++seconds > 20 ? streams : 2) * 1e6, 80);
  expect(counts.slice(3, 20)).toEqual(Array.from({ length: 17 }, () => 2));
  expect(counts.at(-1)).toBe(4);
});

test("on a slow line, or one on which nothing comes, no more streams are tried", () => {
  for (const rate of [0, 8_000, 30_000]) {
    expect(Math.max(...settle(1, () => rate, 100))).toBe(2);
    expect(Math.max(...settle(80, () => rate, 100))).toBe(4);
  }
});
