import { LIMITS, type Digest } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { openContentBench } from "../../../test-support/content-bench.ts";
import { anOrder } from "../../../test-support/orders.ts";
import type { ManifestTarget } from "../../app/ports/content.ts";

const DIGEST = "ab".repeat(32);
const BYTES = Buffer.from(Array.from({ length: 500_000 }, (_, i) => i % 251));

function memoryTarget(bases: Digest[] = []): ManifestTarget & { bytes(): Buffer } {
  let bytes = Buffer.alloc(0);
  return {
    bases,
    length: () => bytes.length,
    readBase: () => Buffer.alloc(0),
    append: (part) => void (bytes = Buffer.concat([bytes, part])),
    bytes: () => bytes,
  };
}

const NEVER = new AbortController().signal;
const asking = (size: number, into: ManifestTarget) => ({ order: anOrder(), digest: DIGEST, size, into, signal: NEVER });

test("a manifest is requested with the connection's token, naming the manifests that may help to pack it", async () => {
  await using bench = await openContentBench();
  bench.server.offer(DIGEST, { bytes: BYTES, chunk: () => BYTES });
  const into = memoryTarget(["cd".repeat(32), "ef".repeat(32)]);
  await bench.content.manifest(asking(BYTES.length, into));
  expect(into.bytes().equals(BYTES)).toBe(true);
  expect(bench.server.manifests).toEqual([
    {
      url: `/content/v1/manifests/${DIGEST}?order=run1-1&base=${"cd".repeat(32)}%2C${"ef".repeat(32)}`,
      token: "token-1",
    },
  ]);
});

test("requests one after another use one connection", async () => {
  await using bench = await openContentBench();
  bench.server.offer(DIGEST, { bytes: BYTES, chunk: () => BYTES });
  for (let i = 0; i < 3; i++) await bench.content.manifest(asking(BYTES.length, memoryTarget()));
  expect([bench.server.manifests.length, bench.connections()]).toEqual([3, 1]);
});

test("what arrived before the link broke is kept, and the rest is requested", async () => {
  await using bench = await openContentBench();
  bench.server.offer(DIGEST, { bytes: BYTES, chunk: () => BYTES });
  bench.server.manifestPart = 100_000;
  bench.server.cutManifestAfter = 2;
  const into = memoryTarget();
  await bench.content.manifest(asking(BYTES.length, into));
  expect(into.bytes().equals(BYTES)).toBe(true);
  expect(bench.server.manifests.map(({ url }) => url)).toEqual([
    `/content/v1/manifests/${DIGEST}?order=run1-1`,
    `/content/v1/manifests/${DIGEST}?order=run1-1&from=200000`,
  ]);
});

test("a manifest that the coordinator does not have is NOT_FOUND; one over the limit is not requested", async () => {
  await using bench = await openContentBench();
  await expect(bench.content.manifest(asking(10, memoryTarget()))).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(bench.content.manifest(asking(LIMITS.manifest + 1, memoryTarget()))).rejects.toMatchObject({
    code: "MANIFEST_INVALID",
  });
  expect(bench.server.manifests).toHaveLength(1);
});

test("a manifest longer than announced is refused", async () => {
  await using bench = await openContentBench();
  bench.server.offer(DIGEST, { bytes: BYTES, chunk: () => BYTES });
  const into = memoryTarget();
  await expect(bench.content.manifest(asking(1000, into))).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE" });
  expect(into.length()).toBe(0);
});
