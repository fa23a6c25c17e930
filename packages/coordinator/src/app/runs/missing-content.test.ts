import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aPhase } from "../../../test-support/fakes.ts";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import { openContentIndex } from "../../adapters/content-index/content-index.ts";
import { nativeSiteData } from "../../adapters/site-data/native-site-data.ts";
import type { ContentIndex } from "../ports/content.ts";
import { createMissingContent } from "./missing-content.ts";

const MINUTE = 60_000;
const HIERARCHY = "sites:\n  ABC: { type: primary, server: A1 }\nsystems:\n  A1: { site: ABC, roles: [dp] }\n";
const UNIT = { role: "dp", name: "ABC00001" } as const;

let folder: string;
let siteData: string;
let now: number;
beforeEach(() => {
  now = 0;
  folder = mkdtempSync(join(tmpdir(), "sitewright-missing-"));
  siteData = join(folder, "site-data");
  mkdirSync(join(siteData, "packages/ABC00001/source"), { recursive: true });
  writeFileSync(join(siteData, "hierarchy.yaml"), HIERARCHY);
  writeFileSync(join(siteData, "packages/ABC00001/package.yaml"), "sourceVersion: 1\ndistributionPoints: [A1]\n");
  writeSource("one");
});
afterEach(() => rmSync(folder, { recursive: true }));

const writeSource = (text: string): void => writeFileSync(join(siteData, "packages/ABC00001/source/setup.txt"), text);

async function indexed(index: ContentIndex): Promise<string> {
  const { root, units } = await nativeSiteData(siteData).read();
  const source = units.find(({ unit }) => unit.role === "dp");
  if (!source) throw new Error("the package is not in the site data");
  const how = { root, witness: false, rehash: false, acceptOlder: true, onProgress: () => undefined };
  return (await index.index(source, { ...how, signal: new AbortController().signal })).manifest;
}

/** Content of an order for what another coordinator indexed, before this one read anything. */
async function ordered() {
  const another = await openContentIndex({ siteData, dataDir: join(folder, "another"), workers: 1 });
  const manifest = await indexed(another);
  const index = await openContentIndex({ siteData, dataDir: join(folder, "own"), workers: 1 });
  const content = createMissingContent({
    board: { phases: () => [aPhase({ unit: UNIT, manifest })] } as never,
    site: { recent: () => nativeSiteData(siteData).read() } as never,
    index,
    clock: () => now,
    log: silent,
  });
  const close = () => Promise.all([another.close(), index.close()]);
  return { manifest, content, [Symbol.asyncDispose]: async () => void (await close()) };
}

test("what another coordinator indexed is indexed at the first request, and served", async () => {
  await using of = await ordered();
  expect(await of.content.openManifest(of.manifest, [], 0)).toBeDefined();
  expect(await of.content.openChunks(of.manifest)).toBeDefined();
});

test("content that changed after another coordinator had indexed it is refused for good, so that its order ends", async () => {
  await using of = await ordered();
  writeSource("two, and longer");
  const refusal = { code: "SOURCE_CHANGED", message: expect.stringContaining("dp/ABC00001") as string };
  await expect(of.content.openManifest(of.manifest, [], 0)).rejects.toMatchObject(refusal);
  await expect(of.content.openChunks(of.manifest)).rejects.toMatchObject(refusal);
});

test("a source that cannot be read now is asked for again a minute later", async () => {
  await using of = await ordered();
  const hierarchy = join(siteData, "hierarchy.yaml");
  rmSync(hierarchy);
  expect(await of.content.openChunks(of.manifest)).toBeUndefined();
  writeFileSync(hierarchy, HIERARCHY);
  now += MINUTE - 1;
  expect(await of.content.openChunks(of.manifest)).toBeUndefined();
  now += 1;
  expect(await of.content.openChunks(of.manifest)).toBeDefined();
});

test("a manifest that no order names is not looked for", async () => {
  await using of = await ordered();
  expect(await of.content.openChunks("0".repeat(64))).toBeUndefined();
});
