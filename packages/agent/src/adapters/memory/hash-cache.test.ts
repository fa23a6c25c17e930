import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openHashCache } from "./hash-cache.ts";

const CHUNKS = [{ digest: "ab".repeat(32), size: 5 }];
const entry = (identity: string) => ({ root: "/srv/dp", path: "ABC00001/a", identity, chunks: CHUNKS });

test("What is forgotten is not known any more, neither as a file nor as a place of its chunks; an entry that changed meanwhile stays", () => {
  const cache = openHashCache(temporaryFolder(), () => {});
  onTestFinished(() => cache.close());
  cache.put([entry("1:1:5:7:7"), entry("1:2:5:7:9")]);
  cache.forget(["1:1:5:7:7", "1:2:5:7:7", "1:3:5:7:7"]);
  expect(cache.get("1:1:5:7:7")).toBeUndefined();
  expect(cache.get("1:2:5:7:9")).toMatchObject({ chunks: CHUNKS });
  const files = [...cache.places(["ab".repeat(32)]).values()].flat().map(({ file }) => cache.file(file)?.identity);
  expect(files.filter((identity) => identity !== undefined)).toEqual(["1:2:5:7:9"]);
});

/** Opens the index of a folder, calls `use` with it, and closes it. @returns What it warned of. */
function warnings(dataDir: string, use: (cache: ReturnType<typeof openHashCache>) => void): string[] {
  const said: string[] = [];
  const cache = openHashCache(dataDir, (level, message) => void (level === "warn" && said.push(message)));
  try {
    use(cache);
  } finally {
    cache.close();
  }
  return said;
}

const IDENTITY = "1:1:5:7:7";

test("an index that another program has open is left as it is, and the next start knows what it held", () => {
  const dataDir = temporaryFolder();
  expect(warnings(dataDir, (cache) => cache.put([entry(IDENTITY)]))).toEqual([]);
  const other = new DatabaseSync(join(dataDir, "index.db"));
  other.exec("BEGIN IMMEDIATE");
  const said = warnings(dataDir, (cache) => {
    expect(cache.get(IDENTITY)).toBeUndefined();
    cache.put([entry(IDENTITY)]);
    expect(cache.get(IDENTITY)).toMatchObject({ chunks: CHUNKS });
  });
  expect(said).toEqual([expect.stringMatching(/index\.db cannot be used: .*; until the next start/)]);
  other.close();
  expect(warnings(dataDir, (cache) => expect(cache.get(IDENTITY)).toMatchObject({ chunks: CHUNKS }))).toEqual([]);
});

test("an agent whose index cannot be opened works without it", () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, "index.db"));
  expect(warnings(dataDir, (cache) => cache.put([entry(IDENTITY)]))).toEqual([expect.stringContaining("it is no regular file")]);
});

test("a damaged index is started again, and that is reported", () => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, "index.db"), "this is not a database, and long enough to be read as one".repeat(100));
  expect(warnings(dataDir, (cache) => cache.put([entry(IDENTITY)]))).toEqual([expect.stringContaining("was started again")]);
  expect(warnings(dataDir, (cache) => expect(cache.get(IDENTITY)).toBeDefined())).toEqual([]);
});
