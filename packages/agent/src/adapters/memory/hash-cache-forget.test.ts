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
