import { expect, test } from "vitest";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";

const FILES = 300;
const SIZE = 10;

test("An agent that estimates says how many files and bytes it has indexed, both when it reads them and when it knows them already", async () => {
  await using site = await openFixture();
  const tree = Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`ABC00001/${i}`, String(i).padStart(SIZE, "0")]));
  site.write("dp", tree);
  const made = release(PACKAGE, PACKAGE_FOLDER, tree);
  site.offer(made);

  const task = { kind: "estimate", manifest: made.digest, manifestBytes: made.bytes.length } as const;
  const all = { presentBytes: FILES * SIZE };

  expect(await site.order(PACKAGE, 1, task)).toMatchObject(all);
  const reading = site.progress.splice(0).map(({ files }) => files);
  // Batches have up to 128 files.
  expect(reading.filter((files) => files > 0)).toEqual([expect.any(Number), expect.any(Number), FILES]);
  expect(reading).toEqual(reading.toSorted((some, others) => some - others));

  expect(await site.order(PACKAGE, 1, task)).toMatchObject(all);
  const whole = { step: "indexing", files: FILES, reusedBytes: FILES * SIZE, fetchedBytes: 0, retriedBytes: 0 };
  expect(site.progress.at(-1)).toEqual(whole);
});
