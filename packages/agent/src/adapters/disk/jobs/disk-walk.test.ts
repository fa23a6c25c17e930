import { chmodSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { comparePaths } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { asNobody } from "@sitewright/testkit/account";
import type { FoundColumns } from "../../../app/inspect/found-columns.ts";
import type { WalkCursor } from "../../../app/ports/disk.ts";
import { openAnchor, type Anchor } from "../anchor.ts";
import { walkPart } from "./disk-walk.ts";

/**
 * Creates files and folders (names that end with a slash) in the root, and returns what a walk of `tree` below it finds, this many at a
 * time.
 */
function rooted(names: readonly string[]) {
  const root = temporaryFolder();
  mkdirSync(join(root, "tree"));
  for (const name of names) {
    const path = join(root, "tree", name);
    if (name.endsWith("/")) mkdirSync(path, { recursive: true });
    else writeFileSync(path, name);
  }
  return { root, walk: (most: number, between?: (part: FoundColumns) => void) => walkAll(root, most, between) };
}

/** Each part by an anchor of its own, as by another thread. */
function walkAll(
  root: string,
  most: number,
  between: (part: FoundColumns) => void = () => {},
  opened: (anchor: Anchor) => Anchor = (same) => same,
) {
  const parts: FoundColumns[] = [];
  for (let cursor: WalkCursor | undefined, at = 0; at === 0 || cursor; at++) {
    const anchor = openAnchor(root);
    const { found, next } = walkPart(
      opened(anchor),
      { path: "tree", most, ...(cursor ? { cursor: structuredClone(cursor) } : {}) },
      () => {},
    );
    anchor.close();
    parts.push(found);
    cursor = next;
    between(found);
  }
  return { parts, paths: parts.flatMap((part) => part.paths) };
}

const NAMES = ["a.txt", "a/", "a/b", "a/b.d/", "a/b.d/x", "a-b", "a b/", "a b/c", "empty/", "Z", "\u00e9", "\uffee", "\u{1f600}"];

test("A walk finds everything in the order of a manifest, however few entries are requested at once", () => {
  const { walk } = rooted(NAMES);
  const expected = ["", ...NAMES.map((name) => name.replace(/\/$/, ""))].sort(comparePaths);
  for (const most of [1, 2, 3, 5, 100]) expect(walk(most).paths).toEqual(expected);
  expect(walk(5).parts.map((part) => part.paths.length)).toEqual([5, 5, 4]);
});

test("A walk continues past entries that were removed between two requests, and does not see those added behind it", () => {
  const { root, walk } = rooted(["a/", "a/1", "a/2", "b/", "b/1", "c"]);
  let parts = 0;
  const { paths } = walk(2, () => {
    if (parts++ > 0) return;
    rmSync(join(root, "tree", "a"), { recursive: true });
    unlinkSync(join(root, "tree", "c"));
  });
  expect(paths).toEqual(["", "a", "b", "b/1"]);
});

test("Links are read and never followed; a name that is not Unicode is reported as a foreign entry", () => {
  const { root, walk } = rooted(["a/", "a/1", "x\ufffd"]);
  symlinkSync("a", join(root, "tree", "link"));
  writeFileSync(Buffer.concat([Buffer.from(join(root, "tree", "x")), Buffer.from([0xff])]), "");
  symlinkSync(Buffer.from([0x61, 0xff]), join(root, "tree", "odd"));
  const { parts, paths } = walk(100);
  expect(paths).toEqual(["", "a", "a/1", "link", "odd", "x\\xff", "x\ufffd"]);
  expect(parts[0]).toMatchObject({ kinds: ["folder", "folder", "file", "link", "link", "other", "file"], targets: ["a", "a\\xff"] });
});

test("A folder that cannot be read counts as a foreign entry, and the walk continues beside it", () => {
  const { root, walk } = rooted(["a", "closed/", "closed/in", "z"]);
  chmodSync(root, 0o755);
  chmodSync(join(root, "tree", "closed"), 0o000);
  const { parts, paths } = asNobody(() => walk(100));
  expect(paths).toEqual(["", "a", "closed", "z"]);
  expect(parts[0]?.kinds).toEqual(["folder", "file", "other", "file"]);
});

test("A missing path gives an empty walk", () => {
  const { root, walk } = rooted([]);
  rmSync(join(root, "tree"), { recursive: true });
  expect(walk(10)).toEqual({ parts: [expect.objectContaining({ paths: [] })], paths: [] });
});

test("A folder of many files is listed once, and any thread continues without listing it again", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "tree"));
  for (let i = 0; i < 20_000; i++) writeFileSync(join(root, "tree", `file-${i}`), "");
  const opens: number[] = [];
  const counted = (anchor: Anchor): Anchor => {
    const part = opens.push(0) - 1;
    const counting =
      <Answer>(call: (path: string) => Answer) =>
      (path: string) => {
        opens[part] = (opens[part] ?? 0) + 1;
        return call(path);
      };
    return { ...anchor, open: counting(anchor.open), folder: counting(anchor.folder) };
  };
  const { paths } = walkAll(root, 800, undefined, counted);
  expect(paths).toHaveLength(20_001);
  expect(paths.slice(1)).toEqual(paths.slice(1).toSorted());
  // The first part opens it to check, to list and to read; every other part opens it once.
  expect(opens).toEqual([3, ...Array.from({ length: 25 }, () => 1)]);
});
