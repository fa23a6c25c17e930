import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import { openOwedJournal } from "./owed-journal.ts";
import { openRestoreBook } from "./restore-book.ts";
import { openTrialBook } from "./trial-book.ts";

const ID = "20261129T044127Z-df47268a";

test.each([
  ["owed.json", (own: string) => openOwedJournal(own).read(), undefined],
  [`restores/${ID}/restore.json`, (own: string) => openRestoreBook(own).all(), []],
  [`trials/${ID}.json`, (own: string) => openTrialBook(own).all(), []],
])("%s that is damaged is reported with its path and what to do, and one that is absent notes nothing", async (name, read, nothing) => {
  const own = temporaryFolder();
  const path = join(own, name);
  mkdirSync(join(path, ".."), { recursive: true });
  expect(await read(own)).toEqual(nothing);
  for (const text of ["", '{"form":1', "{}", "null"]) {
    writeFileSync(path, text);
    const refusal = { code: "DATA_DAMAGED", path, message: expect.stringContaining("damaged: ") as string };
    await expect(read(own), text).rejects.toMatchObject(refusal);
  }
});
