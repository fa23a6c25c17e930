import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { MEDIUM_LIMITS, PACK_HEADER, type MediaReceipt, type MediumTable } from "../media/medium.ts";
import { decodeMediaNeeds, decodeMediaReceipt, encodeMediaNeeds, encodeMediaReceipt } from "./media-statements.ts";
import { decodeMediumTable, decodeSigned, encodeMediumTable, encodeSigned } from "./medium-table.ts";

const DIGEST = "ab".repeat(32);
const TABLE: MediumTable = {
  coordinator: "0f8fad5b-d9cb-469f-a165-70867728950e",
  medium: "0123456789abcdef",
  madeAt: 1_700_000_000_000,
  generation: { epoch: 2, counter: 1_700_000_000_000_000 },
  orders: [
    { system: "DPABC", manifest: 0, graceMs: 600_000, lineMs: 5000 },
    { system: "DPSEC", manifest: 0, graceMs: 0 },
  ],
  manifests: [
    {
      unit: { role: "dp", name: "ABC00001" },
      digest: DIGEST,
      bytes: 1234,
      stored: "cd".repeat(32),
      files: 3,
      sourceBytes: 4_000_000_000,
      sourceVersion: 7,
      content: "v1-abc",
      runs: { counts: [3, 1], packs: [1, 0], offsets: [PACK_HEADER, 0] },
    },
  ],
  packs: [{ volume: 2, bytes: 3_000_000_000, digest: DIGEST }],
  volumes: 2,
  parity: [DIGEST],
  files: [{ path: "tools/agent.deb", bytes: 12, digest: DIGEST }],
  keys: [{ system: "DPABC", ephemeral: new Uint8Array(32), sealed: new Uint8Array(48) }],
  acceptOlder: true,
};
const NEEDS = {
  coordinator: "c",
  system: "DPABC",
  madeAt: 1,
  key: new Uint8Array(32).fill(3),
  messages: [new Uint8Array([1])],
  packages: ["ABC00001"],
};
const RECEIPT: MediaReceipt = {
  coordinator: "c",
  system: "DPABC",
  medium: "0123456789abcdef",
  madeAt: 1,
  lastResult: 9,
  units: [{ unit: { role: "dp", name: "ABC00001" }, state: "failed", manifest: DIGEST, code: "STALE_GENERATION", message: "late" }],
  messages: [new Uint8Array([1, 2])],
  log: ['{"msg":"one"}', '{"msg":"two"}'],
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("tables, needs and receipts are read as they were written", () => {
  expect(decodeMediumTable(encodeMediumTable(TABLE))).toEqual(TABLE);
  expect(decodeMediaNeeds(encodeMediaNeeds(NEEDS))).toEqual(NEEDS);
  expect(decodeMediaReceipt(encodeMediaReceipt(RECEIPT))).toEqual(RECEIPT);
  const { medium: _, ...withoutMedium } = RECEIPT;
  expect(decodeMediaReceipt(encodeMediaReceipt(withoutMedium))).toEqual(withoutMedium);
  const signed = { body: new Uint8Array([1, 2, 3]), signature: new Uint8Array(64) };
  expect(decodeSigned(encodeSigned(signed), 1000)).toEqual(signed);
  const statements = [{ coordinator: "c", number: 3, from: "A", to: "B", signature: "C" }];
  const ofSuccessor = { ...signed, authority: { ca: "-----BEGIN CERTIFICATE-----", statements } };
  expect(decodeSigned(encodeSigned(ofSuccessor), 1000)).toEqual(ofSuccessor);
});

const oneManifest = TABLE.manifests[0] as MediumTable["manifests"][number];
const withRuns = (runs: (typeof oneManifest)["runs"]): MediumTable => ({ ...TABLE, manifests: [{ ...oneManifest, runs }] });

test.each<[what: string, table: MediumTable, code: string]>([
  ["an order for a manifest that does not exist", { ...TABLE, orders: [{ system: "A", manifest: 1, graceMs: 0 }] }, "MEDIUM_INVALID"],
  ["no volume", { ...TABLE, volumes: 0, packs: [] }, "MEDIUM_INVALID"],
  ["a pack on a volume that does not exist", { ...TABLE, volumes: 1 }, "MEDIUM_INVALID"],
  ["more volumes than the limit", { ...TABLE, volumes: MEDIUM_LIMITS.volumes + 1 }, "MEDIUM_INVALID"],
  [
    "a pack larger than any file may be",
    { ...TABLE, packs: [{ volume: 1, bytes: MEDIUM_LIMITS.file + 1, digest: DIGEST }] },
    "MEDIUM_INVALID",
  ],
  ["columns of runs of different length", withRuns({ counts: [1, 2], packs: [1], offsets: [64] }), "MEDIUM_INVALID"],
  ["an empty run", withRuns({ counts: [0], packs: [1], offsets: [64] }), "MEDIUM_INVALID"],
  ["a run in a pack that does not exist", withRuns({ counts: [1], packs: [2], offsets: [64] }), "MEDIUM_INVALID"],
  ["a run in the header of a pack", withRuns({ counts: [1], packs: [1], offsets: [63] }), "MEDIUM_INVALID"],
  ["a run behind the end of a pack", withRuns({ counts: [1], packs: [1], offsets: [3_000_000_000] }), "MEDIUM_INVALID"],
  ["an implausible generation", { ...TABLE, generation: { epoch: 1, counter: LIMITS.generationCounter + 1 } }, "MEDIUM_INVALID"],
  ["an id of another form", { ...TABLE, medium: "../../etc/passwd" }, "MEDIUM_INVALID"],
  ["a manifest over the limit", { ...TABLE, manifests: [{ ...oneManifest, bytes: LIMITS.manifest + 1 }] }, "MEDIUM_INVALID"],
  ["a file outside of the volume", { ...TABLE, files: [{ path: "../evil", bytes: 1, digest: DIGEST }] }, "UNSAFE_PATH"],
  ["a file with an absolute path", { ...TABLE, files: [{ path: "/etc/passwd", bytes: 1, digest: DIGEST }] }, "UNSAFE_PATH"],
])("a table with %s is refused", (_, table, code) => {
  expect(codeOf(() => decodeMediumTable(encodeMediumTable(table)))).toBe(code);
});

test("any damage of a table is read as another table or refused with a code, and never in another way", () => {
  const whole = encodeMediumTable(TABLE);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
      const bytes = cut ? whole.slice(0, at) : whole.slice();
      if (!cut) bytes[at] = (bytes[at] ?? 0) ^ flip;
      expect(["none", "MEDIUM_INVALID", "UNSAFE_PATH", "VERSION_UNSUPPORTED"]).toContain(codeOf(() => decodeMediumTable(bytes)));
    }),
    { numRuns: 2000 },
  );
});

test("a signed file over its limit is refused before it is read", () => {
  expect(codeOf(() => decodeSigned(new Uint8Array(1001), 1000))).toBe("MEDIUM_INVALID");
});
