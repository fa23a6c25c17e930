import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import { openBench, type Bench } from "../../../test-support/content-index-bench.ts";

/** The folder of the index on a disk of its own, which `fill` fills. */
async function onSmallDisk(): Promise<Bench & { fill(): void; free(): void }> {
  const before = await openBench();
  await before.index.close();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", before.dataDir]);
  const bench = await before.reopen();
  onTestFinished(async () => {
    await bench.index.close();
    execFileSync("umount", ["-l", bench.dataDir]);
    await before[Symbol.asyncDispose]();
  });
  const ballast = join(bench.dataDir, ".ballast");
  return {
    ...bench,
    fill() {
      for (const size of [64 * 1024, 4096, 1]) {
        try {
          for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
        } catch {
          // No room for one more.
        }
      }
    },
    free: () => rmSync(ballast),
  };
}

test.runIf(isRoot)(
  "a unit that cannot be indexed for want of room is indexed once there is room, by the same threads and by new ones",
  async () => {
    const bench = await onSmallDisk();
    for (let i = 0; i < 400; i++) await bench.write(`${i}`, noise(100, i));
    bench.fill();
    expect(await bench.fault()).toMatchObject({ code: "DISK_FULL", path: expect.stringContaining(bench.dataDir) as string });
    expect(await bench.fault()).toMatchObject({ code: "DISK_FULL" });
    bench.free();
    expect(await bench.run()).toMatchObject({ files: 400 });
  },
);
