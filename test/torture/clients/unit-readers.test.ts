import { join } from "node:path";
import { rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { writeTree } from "../../support/trees/trees.ts";
import { filesReader, packageReader } from "./unit-readers.ts";

const text = (generation: number, body: string) => `; generation ${generation}\n${body}\n; end\n`;
const part = (generation: number) => text(generation, "bytes");

function writeGeneration(folder: string, generation: number): void {
  writeTree(folder, { "index.txt": text(generation, `data/a ${part(generation).length}`), "data/a": part(generation) });
}

test("a package of one generation is right, and a later generation too", () => {
  const folder = temporaryFolder();
  const read = packageReader(folder);
  writeGeneration(folder, 1);
  expect(read()).toEqual([]);
  writeGeneration(folder, 2);
  expect(read()).toEqual([]);
});

test("a client notices an older generation, a mixture, half a file, a foreign file and a missing one", () => {
  const folder = temporaryFolder();
  const read = packageReader(folder);
  writeGeneration(folder, 5);
  read();
  writeGeneration(folder, 4);
  expect(read().join("\n")).toContain("old index 4 after new 5");
  writeTree(folder, { "data/a": part(3) });
  expect(read().join("\n")).toContain("old data/a 3 after new 4");
  expect(read().join("\n")).toContain("data/a is of generation 3");
  writeGeneration(folder, 6);
  writeTree(folder, { "data/b": part(6) });
  expect(read().join("\n")).toContain("data/b is not of generation 6");
  rmSync(join(folder, "data/b"));
  writeFileSync(join(folder, "data/a"), part(6).slice(0, -3));
  expect(read().join("\n")).toContain("half a file");
  rmSync(join(folder, "data/a"));
  expect(read().join("\n")).toContain("ENOENT");
});

test("a single file that gets older is noticed", () => {
  const folder = temporaryFolder();
  const file = join(folder, "one");
  const read = filesReader([file]);
  writeFileSync(file, part(2));
  expect(read()).toEqual([]);
  writeFileSync(file, part(1));
  expect(read()).toEqual([`${file}: old 1 after new 2`]);
});
