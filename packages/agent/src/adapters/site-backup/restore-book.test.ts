import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { Restore } from "../../app/site-backup/restore-ports.ts";
import { openRestoreBook } from "./restore-book.ts";

const DAY = 86_400_000;

test("the newest restore is the one that was made last, though its machine's clock was reset or ahead, and those of earlier versions are older", async () => {
  const now = Date.now();
  const book = openRestoreBook(temporaryFolder());
  const made: Partial<Restore>[] = [
    { began: now - 2 * DAY },
    { began: now - DAY },
    { began: now - 3000, number: 1 },
    { began: 0, number: 2 },
    { began: now + 365 * DAY, number: 3 },
    { began: now - 4000, number: 4 },
  ];
  for (const [i, one] of made.entries())
    await book.write({ form: 1, id: `20261130T00000${i}Z-00000000`, state: "released", places: [], ...one } as unknown as Restore);
  expect((await book.all()).map(({ began }) => began)).toEqual(made.map(({ began }) => began).toReversed());
});
