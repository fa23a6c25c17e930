import { expect, test } from "vitest";
import { createTransfers } from "./transfers.ts";

test("a ninth stream replaces one without a message for 10 s, which then no longer counts", () => {
  let now = 0;
  const transfers = createTransfers(() => now);
  const streams = Array.from({ length: 8 }, () => transfers.open("order-1"));
  now = 9_999;
  for (const [i, stream] of streams.entries()) if (i !== 5) stream.consumed(0);
  expect(() => transfers.open("order-1")).toThrow("8 streams");
  now = 10_000;
  transfers.open("order-1");
  expect(streams.map(({ displaced }) => displaced.aborted)).toEqual(streams.map((_, i) => i === 5));
  expect(streams[5]?.displaced.reason).toMatchObject({ code: "CONTENT_UNAVAILABLE" });
  expect(() => transfers.open("order-1")).toThrow("8 streams");
});
