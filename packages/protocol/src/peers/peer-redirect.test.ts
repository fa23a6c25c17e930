import { expect, test } from "vitest";
import { attempt } from "../../test-support/attempt.ts";
import { decodePeerRedirect, encodePeerRedirect, FRAME_CODEC, FRAME_HEADER, readFrameHeader, type PeerRedirect } from "../index.ts";

const notice: PeerRedirect = {
  ranges: [
    [3, 4],
    [9, 9],
  ],
  offer: { system: "SRVSEC", host: "fd00::3", port: 7401, ticket: "t", key: "k" },
};

test("decoding the encoded frame yields the same neighbours and ranges, and the header counts the chunks", () => {
  const frame = encodePeerRedirect(notice);
  const payload = frame.subarray(FRAME_HEADER);
  expect(readFrameHeader(frame)).toEqual({ codec: FRAME_CODEC.elsewhere, ordinal: 3, count: 3, length: payload.length });
  expect(decodePeerRedirect(payload)).toEqual(notice);
});

test.each([
  ["no JSON", "{"],
  ["no ranges", { ranges: [] }],
  [
    "ranges that descend",
    {
      ranges: [
        [3, 4],
        [1, 2],
      ],
    },
  ],
  ["ranges that are not ranges", { ranges: [[3]] }],
  ["a name for the host", { host: "srv.example" }],
  ["a port above 65535", { port: 70_000 }],
  ["no ticket", { ticket: "" }],
  ["a key that is not text", { key: 7 }],
])("%s is refused", (_, spoiled) => {
  const text = typeof spoiled === "string" ? spoiled : JSON.stringify({ ranges: notice.ranges, ...notice.offer, ...spoiled });
  expect(attempt(() => decodePeerRedirect(new TextEncoder().encode(text)))).toBe("FRAME_INVALID");
});
