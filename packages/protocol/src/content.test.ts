import fc from "fast-check";
import { expect, test } from "vitest";
import { attempt } from "../test-support/attempt.ts";
import { cutAt, joined, shares } from "../test-support/bytes.ts";
import {
  createStreamMessageReader,
  encodeStreamMessage,
  FRAME_HEADER,
  LIMITS,
  readFrameHeader,
  writeFrameHeader,
  type Ranges,
  type StreamMessage,
} from "./index.ts";

const ordinal = fc.nat({ max: 2 ** 32 - 1 });
/** Ascending, without overlap. */
const ranges: fc.Arbitrary<Ranges> = fc
  .uniqueArray(ordinal, { minLength: 1, maxLength: 40 })
  .map((numbers) => numbers.toSorted((a, b) => a - b))
  .map((numbers) => numbers.flatMap((from, i): Ranges => (i % 2 === 0 ? [[from, numbers[i + 1] ?? from]] : [])));
const messages: fc.Arbitrary<StreamMessage[]> = fc.array(
  fc.oneof(
    ranges.map((asked): StreamMessage => ({ kind: "ask", ranges: asked })),
    fc.tuple(ranges, fc.string({ maxLength: 20 })).map(([asked, failed]): StreamMessage => ({ kind: "ask", ranges: asked, failed })),
    fc.nat({ max: Number.MAX_SAFE_INTEGER }).map((consumed): StreamMessage => ({ kind: "credit", consumed })),
    fc.constant<StreamMessage>({ kind: "busy" }),
  ),
  { maxLength: 8 },
);

test("decoding what an agent encodes for a content stream yields the same message, wherever it is split on the way", () => {
  fc.assert(
    fc.property(messages, shares, (said, places) => {
      const read = createStreamMessageReader();
      expect(cutAt(joined(...said.map(encodeStreamMessage)), places).flatMap((part) => read(part))).toEqual(said);
    }),
  );
});

test("also byte by byte, and with the maximum number of ranges", () => {
  const most: Ranges = Array.from({ length: LIMITS.contentRanges }, (_, i) => [i * 2, i * 2]);
  const bytes = encodeStreamMessage({ kind: "ask", ranges: most });
  const read = createStreamMessageReader();
  const found = Array.from({ length: Math.ceil(bytes.length / 5) }, (_, i) => read(bytes.subarray(i * 5, i * 5 + 5))).flat();
  expect(found).toEqual([{ kind: "ask", ranges: most }]);
});

test("whatever bytes an untrusted peer sends are refused with FRAME_INVALID or decode to a valid message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), messages, fc.nat(5), (garbage, said, kind) => {
      const read = createStreamMessageReader();
      const bytes = joined(...said.map(encodeStreamMessage), Uint8Array.from([kind]), garbage);
      const heard = attempt(() => read(bytes));
      expect(heard === "FRAME_INVALID" || (typeof heard !== "string" && heard.every(isSensible))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

function isSensible(heard: StreamMessage): boolean {
  if (heard.kind === "credit") return Number.isSafeInteger(heard.consumed);
  if (heard.kind === "busy") return true;
  return heard.ranges.every(([from, to], i) => to >= from && from > (heard.ranges[i - 1]?.[1] ?? -1));
}

const message = (ask: Ranges): Uint8Array => encodeStreamMessage({ kind: "ask", ranges: ask });
test.each<[why: string, bytes: Uint8Array]>([
  ["of an unknown kind", Uint8Array.from([9])],
  ["for nothing", message([])],
  ["for more ranges than the limit", message(Array.from({ length: LIMITS.contentRanges + 1 }, (_, i) => [i, i]))],
  ["for a range that ends before it begins", message([[5, 4]])],
  [
    "for chunks out of order",
    message([
      [5, 6],
      [1, 2],
    ]),
  ],
  [
    "for a chunk twice",
    message([
      [1, 5],
      [5, 6],
    ]),
  ],
  ["of an impossible amount of credit", Uint8Array.from([2, 255, 255, 255, 255, 255, 255, 255, 255])],
])("a message %s is refused", (_, bytes) => {
  expect(() => createStreamMessageReader()(bytes)).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
});

test("decoding the encoded header of a frame yields the same header at any offset; one over the limit is refused", () => {
  const header = fc.record({ codec: fc.nat(255), ordinal, count: ordinal, length: fc.nat({ max: 2 ** 32 - 1 }) });
  fc.assert(
    fc.property(header, fc.nat(20), (one, offset) => {
      const bytes = new Uint8Array(offset + FRAME_HEADER + 3);
      writeFrameHeader(bytes.subarray(offset), one);
      const read = attempt(() => readFrameHeader(bytes.subarray(offset)));
      expect(read).toEqual(one.length <= LIMITS.contentFrame ? one : "FRAME_INVALID");
    }),
  );
});
