import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeAgentMessage,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  encodeCoordinatorMessage,
  LIMITS,
  type AgentMessage,
  type CoordinatorMessage,
  type OrderTask,
  type Outcome,
} from "../index.ts";

const digest = "5f".repeat(32);
const unit = { role: "dp", name: "ABC0001F" } as const;
const generation = { epoch: 3, counter: 1_795_000_000_000_001 };
const beyond32Bits = 5 * 2 ** 32 + 7;

const tasks: OrderTask[] = [
  { kind: "stage", manifest: digest, manifestBytes: beyond32Bits, full: true, sourceVersion: 4 },
  {
    kind: "stage",
    manifest: digest,
    manifestBytes: 1,
    full: false,
    sourceVersion: 0,
    activation: { id: "r1-5", epoch: 3, graceMs: 600_000 },
  },
  { kind: "activate", graceMs: 600_000 },
  { kind: "remove", owned: [{ path: "ABC0001F", kind: "folder", rights: "clients-read" }] },
  { kind: "verify", manifest: digest, manifestBytes: 12, full: false },
  { kind: "estimate", manifest: digest, manifestBytes: 0 },
  { kind: "undo", graceMs: 1 },
];

const fromCoordinator: CoordinatorMessage[] = [
  { kind: "challenge", nonce: new Uint8Array([1, 2, 3]), versionMin: 1, versionMax: 2, coordinator: "c1" },
  {
    kind: "challenge",
    nonce: new Uint8Array([1]),
    versionMin: 1,
    versionMax: 2,
    coordinator: "c1",
    tenure: { restored: 1_790_000_000_000, started: 1_790_000_000_001 },
    succession: 1_790_000_000_002,
  },
  { kind: "welcome", version: 1, contentToken: "t", acked: beyond32Bits, sendInventory: true },
  ...tasks.map((task): CoordinatorMessage => ({ kind: "order", id: "r1-4", epoch: 2, unit, generation, task })),
  { kind: "update", id: "u1", version: "0.2.0", digest, signature: new Uint8Array(64).fill(3) },
  { kind: "cancel", orderId: "r1-4", epoch: 2 },
  { kind: "ack", upTo: beyond32Bits },
  { kind: "peer-access", key: new Uint8Array(32).fill(9), now: beyond32Bits },
  { kind: "peer-access", key: new Uint8Array(32).fill(9), now: 1, gone: ["SRVSEC"] },
  { kind: "site-backup-query", id: 8, begin: true },
  { kind: "site-backup-query", id: 9, begin: false },
  { kind: "backup-line", id: "5f", system: "SRVABC" },
  { kind: "coordinators", urls: ["https://one:7400", "https://two:7400"], content: "" },
  { kind: "coordinators", urls: ["https://one:7400", "https://two:7400"], content: "https://two:7400" },
  { kind: "log-query", id: 3, order: "r1-4", limit: 1000 },
  { kind: "content-query", id: 4, unit, want: { kind: "definitions" } },
  { kind: "content-query", id: 5, unit, want: { kind: "manifest", digest, from: beyond32Bits, length: 4096 } },
  { kind: "content-query", id: 6, unit, want: { kind: "chunks", manifest: digest, ordinal: 9, from: 7, length: 4096 } },
  { kind: "content-query", id: 7, unit, want: { kind: "file", path: "CAP_ABC/offerinf.box/A.ofr", from: 0, length: 9 } },
];

const outcomes: Outcome[] = [
  { kind: "failed", code: "STALE_GENERATION", message: "m", path: "a/b", retryable: false, held: generation },
  { kind: "failed", code: "DISK_FULL", message: "m", retryable: false },
  { kind: "staged", files: 1, reusedBytes: beyond32Bits, fetchedBytes: 2, retriedBytes: 3 },
  { kind: "staged", files: 1, reusedBytes: 0, fetchedBytes: 2, retriedBytes: 3, peerBytes: beyond32Bits },
  { kind: "activated", folders: 5, previous: true },
  { kind: "removed", files: 9 },
  {
    kind: "verified",
    right: false,
    absent: false,
    stale: true,
    files: 3,
    bytes: beyond32Bits,
    deviations: [{ kind: "extra", path: "x" }],
    deviationCount: 400,
    counts: { missing: 1, extra: 100, damaged: 0, rights: 299 },
  },
  { kind: "estimated", files: 1, sourceBytes: 2, presentBytes: 1, indexAgeMs: 5 },
  { kind: "undone", manifest: digest },
];

const fromAgent: AgentMessage[] = [
  {
    kind: "hello",
    name: "SRVABC",
    version: 1,
    signature: new Uint8Array(64).fill(7),
    agentVersion: "0.1.0",
    platform: "linux",
    roles: ["cap", "logon-point", "dp"],
    inventoryDigest: digest,
    highest: generation,
    lastResult: 12,
    seen: { restored: 0, started: 1_790_000_000_001 },
    switching: "by renames",
    program: "linux-x64",
  },
  {
    kind: "inventory",
    digest,
    units: [
      {
        unit,
        highest: generation,
        live: { generation, manifest: digest },
        staged: { generation, manifest: digest },
        previous: true,
        sourceVersion: 2,
        highestVersion: 5,
      },
      { unit: { role: "cap", name: "CAP_ABC" }, previous: false, sourceVersion: 0 },
    ],
    last: true,
  },
  { kind: "accepted", orderId: "r1-4", epoch: 1 },
  { kind: "progress", orderId: "r1-4", step: "fetching", files: 1, reusedBytes: 2, fetchedBytes: beyond32Bits, retriedBytes: 0 },
  { kind: "progress", orderId: "r1-4", step: "fetching", files: 1, reusedBytes: 2, fetchedBytes: 9, retriedBytes: 0, peerBytes: 8 },
  { kind: "warnings", texts: [] },
  { kind: "site-backups", id: 8, runs: [], failure: { code: "SITE_BACKUP_RUNS", message: "one runs" } },
  {
    kind: "site-backups",
    id: 9,
    running: 1_795_000_000_000,
    due: 1_795_000_100_000,
    runs: [
      {
        run: "20261129T044127Z-df47268a",
        state: "partial",
        began: 1,
        ended: 2,
        files: 3,
        bytes: beyond32Bits,
        added: 5,
        fault: "no database",
      },
      {
        run: "20261128T044127Z-df47268a",
        state: "complete",
        began: 1,
        ended: 2,
        files: 3,
        bytes: 4,
        added: 5,
        verified: { at: 1_795_000_000_000, bad: 1, notTested: 2 },
        archived: "before the move",
      },
    ],
  },
  { kind: "update-failed", id: "u1", message: "it ended with 1" },
  { kind: "warnings", texts: ["the role root /srv/dp is held", "two"] },
  { kind: "peer-open" },
  { kind: "peer-open", endpoint: { host: "10.0.0.9", port: 7401 } },
  {
    kind: "holds",
    manifest: digest,
    ranges: [
      [0, 0],
      [3, 2 ** 32 - 1],
    ],
  },
  ...outcomes.map((outcome, i): AgentMessage => ({ kind: "result", number: i + 1, orderId: "r1-4", epoch: 1, unit, generation, outcome })),
  { kind: "content-part", id: 4, bytes: new Uint8Array([1, 2]), last: true },
  {
    kind: "content-part",
    id: 4,
    objects: [
      { path: "CAP_ABC/offerinf.box/A.ofr", number: beyond32Bits, hash: digest, size: beyond32Bits },
      { path: "B.pkg", hash: digest, size: 0 },
    ],
    remembered: [{ path: "CAP_ABC/offerinf.box/C.ofr", number: 7, hash: digest, size: 1 }],
    last: false,
  },
  { kind: "content-part", id: 4, last: true, failure: { code: "CONTENT_UNAVAILABLE", message: "it is not there" } },
  { kind: "log-lines", id: 3, lines: ['{"msg":"stage begins"}', "{}"], last: true },
];

test.each(fromCoordinator.map((message) => [message.kind === "order" ? `order to ${message.task.kind}` : message.kind, message] as const))(
  "decoding the coordinator's encoded %s yields the same message",
  (_, message) => {
    expect(decodeCoordinatorMessage(encodeCoordinatorMessage(message))).toEqual(message);
  },
);

test.each(fromAgent.map((message) => [message.kind === "result" ? `result ${message.outcome.kind}` : message.kind, message] as const))(
  "decoding the agent's encoded %s yields the same message",
  (_, message) => {
    expect(decodeAgentMessage(encodeAgentMessage(message))).toEqual(message);
  },
);

test("a size beyond 2^53 is refused by the reader, not rounded", () => {
  // field 11 (progress), length 11: field 4 (reused bytes), the varint of 2^64 - 1
  const bytes = Uint8Array.from([0x5a, 11, 0x20, ...Array<number>(9).fill(0xff), 0x01]);
  expect(() => decodeAgentMessage(bytes)).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
});

test.each([-1, 1.5, 2 ** 53, Number.NaN])("a size of %d is refused by the writer", (manifestBytes) => {
  const task = { kind: "estimate", manifest: digest, manifestBytes } as const;
  expect(() => encodeCoordinatorMessage({ kind: "order", id: "r1-4", epoch: 2, unit, generation, task })).toThrow(RangeError);
});

test("a message over the limit is refused before it is decoded", () => {
  const lines = Array<string>(3).fill("x".repeat(LIMITS.logLine));
  const bytes = encodeAgentMessage({ kind: "log-lines", id: 1, lines, last: true });
  expect(() => decodeAgentMessage(bytes, LIMITS.helloFrame)).toThrow(/over the limit of 16384/);
  expect(decodeAgentMessage(bytes).kind).toBe("log-lines");
});

test("whatever bytes an untrusted peer sends, the reader answers with a message or with FRAME_INVALID", () => {
  const answer = (decode: (bytes: Uint8Array) => { kind: string }, bytes: Uint8Array): string => {
    try {
      return typeof decode(bytes).kind;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(["string", "FRAME_INVALID"]).toContain(answer(decodeAgentMessage, bytes));
      expect(["string", "FRAME_INVALID"]).toContain(answer(decodeCoordinatorMessage, bytes));
    }),
    { numRuns: 2000 },
  );
});

/** Field 999 of a newer version, a text. */
const NEW_FIELD = [0xba, 0x3e, 3, 0x6e, 0x65, 0x77];

/** The same message with a field of a newer version in its body. */
function withNewField(bytes: Uint8Array): Uint8Array {
  const tag = bytes.findIndex((byte) => byte < 0x80) + 1;
  const size = bytes.subarray(tag).findIndex((byte) => byte < 0x80) + 1;
  const body = [...bytes.subarray(tag + size), ...NEW_FIELD];
  const length = [(body.length & 0x7f) | 0x80, ((body.length >> 7) & 0x7f) | 0x80, body.length >> 14];
  return Uint8Array.from([...bytes.subarray(0, tag), ...length, ...body]);
}

test("fields that a newer version of the other side sends are skipped, in every message", () => {
  for (const message of fromAgent) expect(decodeAgentMessage(withNewField(encodeAgentMessage(message)))).toEqual(message);
  for (const message of fromCoordinator) expect(decodeCoordinatorMessage(withNewField(encodeCoordinatorMessage(message)))).toEqual(message);
});

test("a message that only a newer version of the other side knows is read as an unknown one, an empty one is refused", () => {
  for (const decode of [decodeAgentMessage, decodeCoordinatorMessage]) {
    expect(decode(Uint8Array.from(NEW_FIELD))).toEqual({ kind: "unknown" });
    expect(() => decode(new Uint8Array())).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
  }
});

test("a failure code that this build does not know arrives as INTERNAL with its message", () => {
  const failed = fromAgent.find((message) => message.kind === "result" && message.outcome.kind === "failed");
  const bytes = encodeAgentMessage(failed as AgentMessage);
  const text = Buffer.from(bytes).toString("latin1").replace("STALE_GENERATION", "STALE_GENERATIOX");
  const decoded = decodeAgentMessage(Buffer.from(text, "latin1"));
  expect(decoded).toMatchObject({ outcome: { kind: "failed", code: "INTERNAL", message: "m" } });
});
