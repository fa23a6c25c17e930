import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { Trial } from "../../app/site-backup/trial.ts";
import { openTrialBook } from "./trial-book.ts";

const YEAR = 31_536_000_000;

function aTrial(number: number, began: number): Trial {
  const year = new Date(began).getUTCFullYear();
  const id = `${year}1129T010203Z-${String(number).padStart(8, "0")}`;
  return { form: 1, id, run: "20261129T000000Z-00000000", began, state: "sound", checks: [], compared: [], faults: [] };
}

test("a trial that was made while the clock was years ahead is not the last one for years, and later ones are kept", async () => {
  const own = temporaryFolder();
  const book = openTrialBook(own);
  for (let i = 0; i < 20; i++) await book.write(aTrial(i, Date.now() + YEAR + i));
  const now = aTrial(99, Date.now());
  await book.write(now);
  expect((await book.all())[0]).toEqual(now);
  expect(readdirSync(join(own, "trials"))).toHaveLength(20);
});
