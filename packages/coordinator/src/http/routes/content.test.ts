import { zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { PART_HEADER, readPartHeader } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { aHierarchy, anAddress, aPhase } from "../../../test-support/fakes.ts";
import { serveUnit, type ServedUnit } from "../../../test-support/served-unit.ts";

async function fetchManifest(unit: ServedUnit, token: string, query: string, manifest = unit.manifest) {
  const reply = await fetch(`${unit.url}/content/v1/manifests/${manifest}?${query}`, { headers: { authorization: `Bearer ${token}` } });
  return { reply, bytes: Buffer.from(await reply.arrayBuffer()) };
}

/** As an agent does: unpacks part after part with the base that it holds. */
function unpack(bytes: Buffer, held: Uint8Array = new Uint8Array()): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const { packed, length, base } = readPartHeader(bytes.subarray(at));
    at += PART_HEADER;
    const dictionary = held.subarray(base.from, base.to);
    parts.push(
      zstdDecompressSync(bytes.subarray(at, at + packed), { maxOutputLength: length, ...(dictionary.length > 0 ? { dictionary } : {}) }),
    );
    at += packed;
  }
  return Buffer.concat(parts);
}

const files = () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`folder-${i % 7}/file-${i}.bin`, noise(600, i + 1)]));

test("a manifest arrives in parts that unpack to its canonical bytes, and the bytes sent are counted", async () => {
  await using unit = await serveUnit(files());
  const { token } = await unit.connect("SRV1");
  const { reply, bytes } = await fetchManifest(unit, token, "order=order-1");
  expect(reply.headers.get("content-type")).toBe("application/x-sitewright-manifest-parts");
  expect(reply.headers.get("x-sitewright-base")).toBeNull();
  expect(unpack(bytes).equals(await unit.bench.manifest(unit.manifest))).toBe(true);
  expect(unit.sentBytes()).toBe(bytes.length);
});

test("against a manifest that the agent holds, a transfer costs little more than what changed", async () => {
  await using unit = await serveUnit(files());
  const { token } = await unit.connect("SRV1");
  const held = await unit.bench.manifest(unit.manifest);
  await unit.bench.write("folder-3/new.bin", noise(600, 999));
  const { manifest } = await unit.bench.run();
  unit.orders.set("order-2", aPhase({ id: "order-2", manifest }));
  const bases = `${"ab".repeat(32)},${unit.manifest},${manifest}`;
  const { reply, bytes } = await fetchManifest(unit, token, `order=order-2&base=${bases}`, manifest);
  expect(reply.headers.get("x-sitewright-base")).toBe(unit.manifest);
  expect(unpack(bytes, held).equals(await unit.bench.manifest(manifest))).toBe(true);
  expect(bytes.length).toBeLessThan(600);
  const whole = await fetchManifest(unit, token, "order=order-2", manifest);
  expect(whole.bytes.length).toBeGreaterThan(9_000);
});

test("an interrupted transfer continues at the byte that it had reached", async () => {
  await using unit = await serveUnit(files());
  const { token } = await unit.connect("SRV1");
  const canonical = await unit.bench.manifest(unit.manifest);
  const { bytes } = await fetchManifest(unit, token, `order=order-1&base=${unit.manifest}&from=10000`);
  expect(unpack(bytes, canonical).equals(canonical.subarray(10_000))).toBe(true);
  expect((await fetchManifest(unit, token, `order=order-1&from=${canonical.length}`)).bytes.length).toBe(0);
});

test("a manifest is sent no faster than the line of its agent allows", async () => {
  await using unit = await serveUnit(files(), { system: "SRV2", hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 200_000 })]) });
  const { token } = await unit.connect("SRV2");
  const started = performance.now();
  const { bytes } = await fetchManifest(unit, token, "order=order-1");
  expect(performance.now() - started).toBeGreaterThan((bytes.length * 8 * 1000) / 200_000 / 1.2 - 50);
});

test("an agent gets only the manifests that were ordered for it", async () => {
  await using unit = await serveUnit({ a: "x" });
  const [owner, stranger] = [await unit.connect("SRV1"), await unit.connect("SRV2")];
  const statusOf = async (token: string, query: string, manifest?: string) =>
    (await fetchManifest(unit, token, query, manifest)).reply.status;
  expect(await statusOf(stranger.token, "order=order-1")).toBe(403);
  expect(await statusOf(owner.token, "order=order-2")).toBe(403);
  expect(await statusOf(owner.token, "order=order-1", "ab".repeat(32))).toBe(403);
  expect(await statusOf("wrong", "order=order-1")).toBe(401);
  expect(unit.logged).toContainEqual(expect.objectContaining({ level: "warn", code: "FORBIDDEN", system: "SRV2" }));
});

test("an invalid digest, an invalid number, or an unknown manifest is refused", async () => {
  await using unit = await serveUnit({ a: "x" });
  const { token } = await unit.connect("SRV1");
  const missing = "cd".repeat(32);
  unit.orders.set("order-2", aPhase({ id: "order-2", manifest: missing }));
  const refusals = ["order=order-1&base=../index.db", "order=order-1&from=-1", "order=order-1&from=x", "base=x"];
  for (const query of refusals) expect([query, (await fetchManifest(unit, token, query)).reply.status]).toEqual([query, 400]);
  expect((await fetchManifest(unit, token, "order=order-2", missing)).reply.status).toBe(503);
});
