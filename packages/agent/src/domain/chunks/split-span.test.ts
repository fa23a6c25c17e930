import type { FileEntry } from "@sitewright/protocol";
import { expect, test } from "vitest";
import type { FetchStep } from "../tree/rebuild-plan.ts";
import { splitSpan } from "./span-queue.ts";

function aFile(path: string, chunks: number): FileEntry {
  const pieces = Array.from({ length: chunks }, (_, i) => ({ digest: `${path}${i}`, size: 1 }));
  return { kind: "file", path, mode: 0o644, size: chunks, modified: 0, chunks: pieces };
}

/** The chunk of a file at this place of it; also written to the other files. */
function step(file: FileEntry, offset: number, ...others: FileEntry[]): FetchStep {
  const chunk = { digest: `${file.path}${offset}`, size: 1, ordinal: offset, file, offset };
  return { kind: "fetch", chunk, places: [file, ...others].map((to) => ({ file: to, offset })) };
}

const names = (files: Iterable<FileEntry>) => [...files].map(({ path }) => path);

test("a file that is wholly on one side is completed there", () => {
  const [a, b] = [aFile("a", 2), aFile("b", 1)];
  const { here, elsewhere, pieces } = splitSpan({ steps: [step(a, 0), step(a, 1), step(b, 0)], whole: new Set([a, b]) }, (i) => i === 2);
  expect([names(here.whole), names(elsewhere.whole), pieces]).toEqual([["a"], ["b"], []]);
  expect([here.steps.length, elsewhere.steps.length]).toEqual([2, 1]);
});

test("a file with pieces on both sides is completed by neither", () => {
  const a = aFile("a", 3);
  const { here, elsewhere, pieces } = splitSpan({ steps: [step(a, 0), step(a, 1), step(a, 2)], whole: new Set([a]) }, (i) => i === 1);
  expect([names(here.whole), names(elsewhere.whole), pieces]).toEqual([[], [], []]);
});

test("its pieces that a broken stream had written are reported then", () => {
  const a = aFile("a", 4);
  const { pieces } = splitSpan({ steps: [step(a, 2), step(a, 3)], whole: new Set([a]) }, (i) => i === 0);
  expect(names(pieces)).toEqual(["a", "a"]);
});

test("a chunk that belongs to a second file splits that one too", () => {
  const [a, b] = [aFile("a", 1), aFile("b", 2)];
  const { here, elsewhere } = splitSpan({ steps: [step(a, 0, b), step(b, 1)], whole: new Set([a, b]) }, (i) => i === 0);
  expect([names(here.whole), names(elsewhere.whole)]).toEqual([[], ["a"]]);
});
