import { expect, test } from "vitest";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";

const FILES = 300;
const SIZE = 10;

test("an agent that estimates reports the bytes it has indexed, both those it reads and those it knows already", async () => {
  await using site = await openFixture();
  const tree = Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`ABC00001/${i}`, String(i).padStart(SIZE, "0")]));
  site.write("dp", tree);
  const made = release(PACKAGE, PACKAGE_FOLDER, tree);
  site.offer(made);

  const task = { kind: "estimate", manifest: made.digest, manifestBytes: made.bytes.length } as const;
  const all = { presentBytes: FILES * SIZE };

  expect(await site.order(PACKAGE, 1, task)).toMatchObject(all);
  const reading = site.progress.splice(0).flatMap(({ lookedBytes = 0 }) => (lookedBytes > 0 ? [lookedBytes] : []));
  // Batches have up to 128 files.
  expect(reading).toEqual([expect.any(Number), expect.any(Number), FILES * SIZE]);
  expect(reading).toEqual(reading.toSorted((some, others) => some - others));

  expect(await site.order(PACKAGE, 1, task)).toMatchObject(all);
  expect(site.progress.at(-1)).toMatchObject({ step: "indexing", lookedBytes: FILES * SIZE });
});
