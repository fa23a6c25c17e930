import { expect, test } from "vitest";
import { backupLineTranscript, createLineFrames, LARGEST_LINE_FRAME, lineFrame, type LineFrame } from "./backup-line.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const FRAMES: LineFrame[] = [
  { kind: "words", payload: new TextEncoder().encode('{"ask":"list"}') },
  { kind: "bytes", payload: new Uint8Array() },
  { kind: "bytes", payload: new Uint8Array(70_000).map((_, i) => i % 251) },
];

test.each([1, 3, 4096, 100_000])("frames that arrive in pieces of %i bytes are those that were sent", (piece) => {
  const sent = Buffer.concat(FRAMES.map(({ kind, payload }) => lineFrame(kind, payload)));
  const frames = createLineFrames();
  const received: LineFrame[] = [];
  for (let at = 0; at < sent.length; at += piece)
    for (const { kind, payload } of frames(sent.subarray(at, at + piece))) received.push({ kind, payload: Uint8Array.from(payload) });
  expect(received).toEqual(FRAMES);
});

test("a frame that states more than the limit, or an unknown kind, is refused before its bytes are waited for", () => {
  const long = new Uint8Array(5);
  new DataView(long.buffer).setUint32(0, LARGEST_LINE_FRAME + 1);
  expect(() => [...createLineFrames()(long)]).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
  expect(() => [...createLineFrames()(Uint8Array.of(0, 0, 0, 1, 2))]).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
  expect(() => lineFrame("bytes", new Uint8Array(LARGEST_LINE_FRAME + 1))).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
});

test("what is signed names the coordinator, both systems and the number that was sent for this connection", () => {
  const ends = { coordinator: "c1", system: "SRVABC", keeper: "DPLAB" };
  const nonce = new Uint8Array(32).fill(65);
  expect(text(backupLineTranscript(nonce, ends))).toBe(`sitewright backup line v1\nc1\nSRVABC\nDPLAB\n${"A".repeat(32)}`);
});
