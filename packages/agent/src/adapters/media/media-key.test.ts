import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { ownMediaKey } from "./media-key.ts";

test("the key for media is made once, and a damaged one is named, with what to do", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "media-key.pem");
  const key = await ownMediaKey(folder);
  expect([key.length, await ownMediaKey(folder)]).toEqual([32, key]);
  const pem = readFileSync(path, "utf8");
  for (const damaged of ["", pem.slice(0, 60), "noise"]) {
    writeFileSync(path, damaged);
    await expect(ownMediaKey(folder)).rejects.toMatchObject({ code: "DATA_DAMAGED", path });
  }
});
