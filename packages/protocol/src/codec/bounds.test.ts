import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeAgentMessage,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  LIMITS,
  type AgentMessage,
  type CoordinatorMessage,
  type Generation,
  type Outcome,
} from "../index.ts";
import { wire } from "./common.ts";

const digest = new Uint8Array(32).fill(7);
const unit = { role: 3, name: "ABC00001" };
const TOP = { epoch: 2 ** 32 - 1, counter: Number.MAX_SAFE_INTEGER };

/** Short, at a limit, or beyond it. */
const lengths = [LIMITS.messageWord, LIMITS.messageId, LIMITS.messageText, LIMITS.path].flatMap((most) => [most, most + 1]);
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(...lengths.map((length) => "x".repeat(length)), "\u{1f600}".repeat(3_000)),
);
/** In lists, of which a message holds at most a megabyte. */
const word = fc.constantFrom("", "x".repeat(LIMITS.messageWord), "x".repeat(LIMITS.messageId), "x".repeat(LIMITS.messageId + 1));
const number = fc.oneof(fc.nat(), fc.constantFrom(2 ** 32 - 1, Number.MAX_SAFE_INTEGER));
const generation = fc.oneof(fc.constant(TOP), fc.record({ epoch: fc.nat(100_000), counter: number }));
const count = fc.constantFrom(0, 1, 3, 500, 501, 1_001);
const listOf = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.tuple(item, count).map(([one, times]) => Array<T>(times).fill(one));

const held = fc.record({
  unit: fc.record({ role: fc.constant(3), name: word }),
  highest: generation,
  live: generation,
  liveManifest: fc.constant(digest),
  staged: generation,
  stagedManifest: fc.constant(digest),
  previous: fc.boolean(),
  sourceVersion: fc.nat(),
});
const deviation = fc.record({ kind: fc.constantFrom("missing", "extra", "x".repeat(5_000)), path: text });
const result = (body: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc
    .tuple(body, text, generation, number)
    .map(([outcome, orderId, at, files]) => ({ result: { number: files, orderId, epoch: 1, unit, generation: at, ...outcome } }));
const fromAgent: fc.Arbitrary<object> = fc.oneof(
  fc.record({
    hello: fc.record({
      name: text,
      version: fc.constant(1),
      signature: listOf(fc.constant(1)).map((list) => Uint8Array.from(list)),
      agentVersion: text,
      platform: text,
      switching: text,
      roles: listOf(fc.constant(3)),
      inventoryDigest: fc.constant(digest),
      highest: generation,
      lastResult: number,
    }),
  }),
  fc.record({ inventory: fc.record({ digest: fc.constant(digest), units: listOf(held), last: fc.boolean() }) }),
  fc.record({ accepted: fc.record({ orderId: text, epoch: fc.nat() }) }),
  fc.record({ progress: fc.record({ orderId: text, step: fc.nat(6), files: number, reusedBytes: number, fetchedBytes: number }) }),
  result(fc.record({ failure: fc.record({ code: text, message: text, path: text, held: generation }) })),
  result(fc.record({ verified: fc.record({ deviations: listOf(deviation), deviationCount: number }) })),
  fc.record({ logLines: fc.record({ id: fc.nat(), lines: listOf(word), last: fc.boolean() }) }),
  fc.record({ peerOpen: fc.record({ host: text, port: fc.nat() }) }),
  fc.record({ warnings: fc.record({ texts: listOf(text) }) }),
  fc.record({
    contentPart: fc.record({
      id: fc.nat(),
      objects: listOf(fc.record({ path: text, hash: fc.constant(digest) })),
      code: text,
      message: text,
    }),
  }),
  fc.record({
    siteBackups: fc.record({
      id: fc.nat(),
      running: number,
      runs: listOf(fc.record({ run: text, state: fc.constantFrom("complete", "lost"), files: number, fault: text })),
      code: text,
      message: text,
    }),
  }),
  fc.record({ holds: fc.record({ manifest: fc.constant(digest), bounds: listOf(fc.nat()) }) }),
);

/** The decoded message, or undefined when it was refused as `FRAME_INVALID`; any other exception is a fault of the codec. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if ((error as { code?: string }).code === "FRAME_INVALID") return undefined;
    throw error;
  }
}

/** The fields of a decoded message that exceed a limit. */
function excesses(message: AgentMessage | CoordinatorMessage | undefined): string[] {
  const found: string[] = [];
  const most = message?.kind === "log-lines" ? LIMITS.logLine : LIMITS.path;
  JSON.stringify(message, (name, value: unknown) => {
    if (typeof value === "string" && value.length > most) found.push(`${name}: ${value.length} characters`);
    if (Array.isArray(value) && value.length > (LISTS[name] ?? Infinity)) found.push(`${name}: ${value.length} entries`);
    if (name === "message" && String(value).length > LIMITS.messageText) found.push("the message of a failure");
    if (["live", "staged", "highest", "held"].includes(name)) found.push(...implausible(name, value));
    return value;
  });
  const isLong =
    message?.kind === "inventory" ||
    message?.kind === "content-part" ||
    message?.kind === "log-lines" ||
    message?.kind === "holds" ||
    message?.kind === "order";
  if (!isLong && (JSON.stringify(message)?.length ?? 0) > 2 * LIMITS.deviationPaths) found.push("the whole");
  return found;
}

const LISTS: Record<string, number> = {
  texts: LIMITS.warnings,
  lines: LIMITS.logLines,
  runs: LIMITS.siteBackups,
  ranges: LIMITS.contentRanges,
  units: LIMITS.inventoryPart,
  deviations: LIMITS.deviations,
  objects: LIMITS.definitionsPart,
  remembered: LIMITS.definitionsPart,
  owned: LIMITS.ownedPaths,
  roles: 3,
};

function implausible(name: string, value: unknown): string[] {
  const held = value as { generation?: Generation } & Partial<Generation>;
  const at = held.generation ?? (held as Generation);
  return at.epoch > LIMITS.generationEpoch || at.counter > LIMITS.generationCounter ? [`${name}: ${at.epoch}.${at.counter}`] : [];
}

test("whatever bytes an agent sends, the decoded message stays within the limits of texts, lists and generations", () => {
  fc.assert(
    fc.property(fromAgent, (body) => {
      expect(excesses(decoded(() => decodeAgentMessage(wire.AgentMessage.encode(body).finish())))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const fromCoordinator: fc.Arbitrary<object> = fc.oneof(
  fc.record({ challenge: fc.record({ nonce: fc.constantFrom(digest, new Uint8Array(5_000)), coordinator: text }) }),
  fc.record({ welcome: fc.record({ contentToken: text, acked: number }) }),
  fc.record({
    order: fc.record({
      id: text,
      unit: fc.record({ role: fc.constant(3), name: text }),
      generation,
      remove: fc.record({ owned: listOf(fc.record({ path: text, kind: fc.constant(1), rights: fc.constant(1) })) }),
    }),
  }),
  fc.record({ cancel: fc.record({ orderId: text }) }),
  fc.record({ logQuery: fc.record({ order: text, limit: fc.nat() }) }),
  fc.record({ peerAccess: fc.record({ key: fc.constantFrom(digest, new Uint8Array(5_000)), now: number }) }),
);

test("whatever bytes a coordinator sends, the message that an agent decodes stays within the limits of texts and lists", () => {
  fc.assert(
    fc.property(fromCoordinator, (body) => {
      expect(excesses(decoded(() => decodeCoordinatorMessage(wire.CoordinatorMessage.encode(body).finish())))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("a failure with a message of a megabyte, sent by an honest agent, arrives with the message cut to a readable length", () => {
  const outcome: Outcome = {
    kind: "failed",
    code: "IO_ERROR",
    message: "A".repeat(1024 * 1024),
    path: "p".repeat(10_000),
    retryable: true,
  };
  const message: AgentMessage = {
    kind: "result",
    number: 1,
    orderId: "o",
    epoch: 1,
    unit: { role: "dp", name: "ABC00001" },
    generation: TOP,
    outcome,
  };
  const bytes = encodeAgentMessage(message);
  expect(bytes.length).toBeLessThan(8 * 1024);
  const arrived = decodeAgentMessage(bytes);
  expect(arrived).toMatchObject({ outcome: { code: "IO_ERROR", message: expect.stringMatching(/^A{2047}\u2026$/) } });
});

test("a verification with a hundred paths of four kilobytes keeps those that fit, and counts all", () => {
  const deviations = Array.from({ length: 100 }, () => ({ kind: "extra", path: "p".repeat(4_000) }));
  const arrived = decodeAgentMessage(
    wire.AgentMessage.encode({ result: { orderId: "o", unit, generation: TOP, verified: { deviations, deviationCount: 100 } } }).finish(),
  );
  expect(arrived).toMatchObject({ outcome: { deviations: { length: 8 }, deviationCount: 100 } });
});

/** One length-delimited field. */
const field = (number: number, content: Uint8Array): Buffer => {
  const length = [(content.length & 0x7f) | 0x80, ((content.length >> 7) & 0x7f) | 0x80, content.length >> 14];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
};
const FULL = LIMITS.controlFrame - 8;

test.each([
  ["units of an inventory", field(2, Buffer.alloc(FULL, Buffer.from([0x12, 0])))],
  ["log lines", field(13, Buffer.alloc(FULL, Buffer.from([0x12, 0])))],
  ["bodies", Buffer.alloc(FULL, Buffer.from([0x52, 0]))],
  ["unknown fields", field(2, Buffer.alloc(FULL, Buffer.from([0x78, 0])))],
])("a megabyte of empty %s is refused before it is decoded into objects", (_, bytes) => {
  // CPU time of this thread, ms; the best of several, because garbage of other tests may be collected meanwhile.
  const costs = Array.from({ length: 5 }, () => {
    const before = process.threadCpuUsage();
    expect(() => decodeAgentMessage(bytes)).toThrow(/more than/);
    return process.threadCpuUsage(before).user / 1000;
  });
  expect(Math.min(...costs)).toBeLessThan(30);
});
