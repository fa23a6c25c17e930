import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileUndoPoints } from "../../adapters/files/deletion-undo.ts";
import { nativeSiteReferences } from "../../adapters/site-data/edits/site-references.ts";
import type { Deletion } from "../../domain/deletion/deletion.ts";
import { createReferenceCleaner, type ReferenceCleaner, type SiteReferences } from "./deletion-references.ts";

const TARGET = { site: "SEC" };
const CHANGES = ["a.yaml", "b.yaml"].map((path) => ({ path, before: `${path}: with SEC`, after: `${path}: without` }));
const FOUND = CHANGES.map((change) => ({ path: change.path, names: ["SEC"], handling: "edit" as const, change }));

let folder: string;
let errors: string[];
let deleted: Map<string, Deletion>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-cleaner-"));
  [deleted, errors] = [new Map(), []];
  for (const { path, before } of CHANGES) writeFileSync(join(folder, path), before);
});
afterEach(() => rmSync(folder, { recursive: true }));

const quiet = () => undefined;

/** As a coordinator starts with it. */
async function aCleaner(references: SiteReferences = nativeSiteReferences()): Promise<ReferenceCleaner> {
  const log = { debug: quiet, info: quiet, warn: quiet, error: (_: object, message: string) => void errors.push(message) };
  const cleaner = createReferenceCleaner({ references, undoPoints: fileUndoPoints(folder, log), book: { all: () => deleted }, log });
  await cleaner.load();
  return cleaner;
}

const texts = (): string[] => CHANGES.map(({ path }) => readFileSync(join(folder, path), "utf8"));
const BEFORE = CHANGES.map(({ before }) => before);
const AFTER = CHANGES.map(({ after }) => after);
const setDeleted = (): void => void (deleted = new Map([["SEC", { target: TARGET, at: 0, by: "anna", reason: "", changed: [] }]]));

test("files are changed once a deletion is recorded, left alone afterwards, and changed back when it is undone", async () => {
  const cleaner = await aCleaner();
  await cleaner.prepare(TARGET, FOUND);
  expect(texts()).toEqual(BEFORE);
  setDeleted();
  expect(await cleaner.settle(folder)).toEqual([]);
  expect(texts()).toEqual(AFTER);
  writeFileSync(join(folder, "a.yaml"), BEFORE[0] ?? "");
  expect(await cleaner.settle(folder)).toEqual([]);
  expect(texts()[0]).toEqual(BEFORE[0]);
  writeFileSync(join(folder, "a.yaml"), AFTER[0] ?? "");
  deleted = new Map();
  expect(await (await aCleaner()).settle(folder)).toEqual([]);
  expect(texts()).toEqual(BEFORE);
});

test("a coordinator that is killed between two files changes the rest when it is started again", async () => {
  const native = nativeSiteReferences();
  const killed = await aCleaner({
    ...native,
    replace: async (root, file) => (file.path === "a.yaml" ? native.replace(root, file) : new Promise(() => {})),
  });
  await killed.prepare(TARGET, FOUND);
  setDeleted();
  void killed.settle(folder);
  await expect.poll(texts).toEqual([AFTER[0], BEFORE[1]]);
  expect(await (await aCleaner()).settle(folder)).toEqual([]);
  expect(texts()).toEqual(AFTER);
});

test("a coordinator that is killed before the deletion was recorded changes nothing", async () => {
  await (await aCleaner()).prepare(TARGET, FOUND);
  const restarted = await aCleaner();
  expect(await restarted.settle(folder)).toEqual([]);
  setDeleted();
  expect(await restarted.settle(folder)).toEqual([]);
  expect(texts()).toEqual(BEFORE);
});

test("a file that an operator edited meanwhile is named and left as it is, by the deletion and by the undo", async () => {
  const cleaner = await aCleaner();
  await cleaner.prepare(TARGET, FOUND);
  setDeleted();
  writeFileSync(join(folder, "b.yaml"), "edited");
  expect(await cleaner.settle(folder)).toEqual(["b.yaml"]);
  deleted = new Map();
  expect(await cleaner.settle(folder)).toEqual(["b.yaml"]);
  expect(texts()).toEqual([BEFORE[0], "edited"]);
});

test("a damaged file of undo points is set aside and named, and prevents nothing else", async () => {
  const damaged = '{"form":1,"points":{"SEC":{"files":[{"path":1}]}}}';
  writeFileSync(join(folder, "deletions.json"), damaged);
  const cleaner = await aCleaner();
  expect(errors).toEqual([expect.stringContaining("deletions.json cannot be read and was set aside")]);
  const [aside = ""] = readdirSync(folder).filter((name) => name.startsWith("deletions.json.broken-"));
  expect(readFileSync(join(folder, aside), "utf8")).toBe(damaged);
  await cleaner.prepare(TARGET, FOUND);
  setDeleted();
  expect(await cleaner.settle(folder)).toEqual([]);
  expect(texts()).toEqual(AFTER);
});
