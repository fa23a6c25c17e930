import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../test-support/temporary-folder.ts";
import { openHashCache } from "./hash-cache.ts";

const GONE = "ab".repeat(32);
const STAYS = "cd".repeat(32);
const entry = (identity: string, digest: string) => ({ root: "/srv/dp", path: "ABC00001/a", identity, chunks: [{ digest, size: 5 }] });

test("What is forgotten is not known any more, neither as a file nor as a place of its chunks; what it became meanwhile stays", () => {
  const cache = openHashCache(temporaryFolder(), () => {});
  onTestFinished(() => cache.close());
  cache.put([entry("1:1:5:7:7", GONE), entry("1:2:5:7:9", STAYS)]);
  cache.forget(["1:1:5:7:7", "1:2:5:7:7", "1:3:5:7:7"]);
  expect(cache.get("1:1:5:7:7")).toBeUndefined();
  expect(cache.get("1:2:5:7:9")).toMatchObject({ chunks: [{ digest: STAYS, size: 5 }] });
  const filesWith = (digest: string) => (cache.places([digest]).get(digest) ?? []).map(({ file }) => cache.file(file)?.identity);
  expect([filesWith(GONE), filesWith(STAYS)]).toEqual([[undefined], ["1:2:5:7:9"]]);
});
