import { execFileSync } from "node:child_process";
import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OFFICE, openBench, type Bench } from "../../../test-support/content-index-bench.ts";

const FILE = "packages/ABC00001/source/a.txt";

/** Indexes the unit in one of several folders of site data. */
async function indexIn(bench: Bench, root: string) {
  const signal = AbortSignal.timeout(20_000);
  return bench.index.index(OFFICE, { root, witness: true, rehash: false, acceptOlder: false, onProgress: () => {}, signal });
}

/** What an agent would be sent of a manifest; undefined if that fails. */
async function served(bench: Bench, manifest: string): Promise<string | undefined> {
  const chunks = await bench.index.openChunks(manifest);
  try {
    chunks?.ask([[0, 0]]);
    const frames = await chunks?.next({ level: 0, frame: 65_536 });
    return frames && !frames.failed ? Buffer.from(frames.bytes).toString("latin1") : undefined;
  } finally {
    chunks?.close();
  }
}

function snapshotOf(bench: Bench, name: string, ...how: string[]): string {
  const to = join(bench.siteData, "..", name);
  execFileSync("cp", ["-a", ...how, bench.siteData, to]);
  return to;
}

test("names, bytes and what is sent come from the requested folder, whatever another one held", async () => {
  await using bench = await openBench();
  await bench.write("a.txt", "one of the first snapshot");
  const first = await indexIn(bench, bench.siteData);
  const second = snapshotOf(bench, "second");
  await writeFile(join(second, FILE), "two of the second snapshot");
  const moved = await indexIn(bench, second);
  expect(moved.manifest).not.toBe(first.manifest);
  expect(await served(bench, moved.manifest)).toContain("two of the second");
});

test.for([[], ["--link"]])(
  "content that is the same in a newer snapshot (cp -a %j) is served from there once the older one is deleted",
  async (how) => {
    await using bench = await openBench();
    await bench.write("a.txt", "the same in both");
    const first = await indexIn(bench, bench.siteData);
    expect(await served(bench, first.manifest)).toContain("the same");
    const second = snapshotOf(bench, "second", ...how);
    const again = await indexIn(bench, second);
    expect(again.manifest).toBe(first.manifest);
    await rm(join(bench.siteData, "packages"), { recursive: true });
    expect(await served(bench, again.manifest)).toContain("the same");
  },
);

test("content is never read from another folder than the one it was indexed in", async () => {
  await using bench = await openBench();
  await bench.write("a.txt", "as it was indexed");
  const { manifest } = await indexIn(bench, bench.siteData);
  const second = snapshotOf(bench, "second");
  await writeFile(join(second, FILE), "as in the other folder");
  await rm(join(bench.siteData, FILE));
  await utimes(join(second, FILE), 1, 1);
  expect(await served(bench, manifest)).toBeUndefined();
});
