import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "./support/fleet.ts";

const SOURCE = "packages/ABC00001/source/setup.exe";

/** Other bytes with unchanged metadata, also in the index, as if a disk had changed them below the file system. */
function rot(fleet: Fleet, bytes: Uint8Array): void {
  const path = join(fleet.siteData, SOURCE);
  writeFileSync(path, bytes);
  const { mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const index = new DatabaseSync(join(fleet.dataDir, "index.db"), { timeout: 5_000 });
  index.prepare("UPDATE files SET mtime_ns = ?, ctime_ns = ?, settled = 1 WHERE source = ?").run(mtimeNs, ctimeNs, SOURCE);
  index.close();
}

test("source bytes that changed without a trace are served and reported once a rebuild reads every byte", async () => {
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "setup.exe": noise(100_000, 1), "beside.txt": "as it was" } } },
  });
  const serves = (seed: number) => readFileSync(join(fleet.agent("SRVABC").root("dp"), "ABC00001/setup.exe")).equals(noise(100_000, seed));
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  rot(fleet, noise(100_000, 2));
  expect(await fleet.json("rebuild")).toMatchObject({ exitCode: 0, run: { problems: [] } });
  expect(serves(1)).toBe(true);

  const found = await fleet.json("rebuild", "--rehash");
  expect(found).toMatchObject({ exitCode: 0, run: { options: { rehash: true } } });
  expect(found.run.problems).toMatchObject([{ code: "SOURCE_ALTERED", path: SOURCE, leftOut: false }]);
  expect(serves(2)).toBe(true);
  expect(await fleet.json("plan", "--rehash")).toMatchObject({ exitCode: 0, run: { problems: [] } });
});
