import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, onTestFinished, test } from "vitest";
import type { PlaceAnswer } from "../../../app/ports/disk.ts";
import { newSeed } from "../../../app/inspect/walk-owned.ts";
import { withAnchor } from "../anchor.ts";
import { platform } from "../platform/platform.ts";
import { placeShare } from "./disk-place.ts";

const FOLDER = ".sitewright/staging/ABC00001/2.1";

/** A root on a system where a list of access rights belongs to a file, whatever names it has, and new files inherit one. */
function openRoot() {
  const root = temporaryFolder();
  const own = new Map<number, string>();
  const inode = (place: string): number => statSync(place).ino;
  const { keepsRights, hasOwnEntries, keepOwnEntries } = platform;
  const restore = { keepsRights, hasOwnEntries, keepOwnEntries };
  onTestFinished(() => void Object.assign(platform, restore));
  Object.assign(platform, {
    keepsRights: false,
    hasOwnEntries: (place: string) => own.has(inode(place)),
    keepOwnEntries(live: string, staged: string) {
      const list = own.get(inode(live)) ?? "";
      if (own.get(inode(staged)) === list) return false;
      own.set(inode(staged), list);
      return true;
    },
  });
  const write = (path: string, text: string, list?: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (list !== undefined) own.set(inode(join(root, path)), list);
  };
  write(`${FOLDER}/0/new`, "new");
  return {
    write,
    link: (from: string, to: string) => linkSync(join(root, from), join(root, to)),
    inode: (path: string) => inode(join(root, path)),
    listOf: (path: string) => own.get(inode(join(root, path))),
    read: (path: string) => readFileSync(join(root, path), "utf8"),
    place: (): PlaceAnswer => {
      const tops = [{ live: "ABC00001", staged: `${FOLDER}/0`, clientsWrite: false }];
      return withAnchor(root, (anchor) => placeShare(anchor, { folder: FOLDER, tops, seed: newSeed(), share: 0, shares: 1 }, () => {}));
    },
  };
}

test("a file whose other name belongs to another package gets the entries of what it replaces on a copy, and the other keeps its own", () => {
  const root = openRoot();
  root.write("ABC00001/a", "alpha 1", "one reader");
  root.write("ABC00002/a", "alpha 2", "of the other");
  root.link("ABC00002/a", `${FOLDER}/0/a`);
  const { apart, touched, before, after } = root.place();
  expect([root.listOf(`${FOLDER}/0/a`), root.read(`${FOLDER}/0/a`)]).toEqual(["one reader", "alpha 2"]);
  expect([root.listOf("ABC00002/a"), root.read("ABC00002/a")]).toEqual(["of the other", "alpha 2"]);
  expect(root.inode(`${FOLDER}/0/a`)).not.toBe(root.inode("ABC00002/a"));
  expect([apart.map(([path]) => path), touched, before === after]).toEqual([["ABC00001/a"], [], false]);
});

test("a file that is the live one under another name is left alone, and so is one that replaces a file without entries of its own", () => {
  const root = openRoot();
  root.write("ABC00001/same", "same", "one reader");
  root.link("ABC00001/same", `${FOLDER}/0/same`);
  root.write("ABC00001/open", "open 1");
  root.write("ABC00002/open", "open 2", "of the other");
  root.link("ABC00002/open", `${FOLDER}/0/open`);
  const { apart, touched, before, after } = root.place();
  expect([apart, touched, before === after]).toEqual([[], [], true]);
  expect(root.inode(`${FOLDER}/0/same`)).toBe(root.inode("ABC00001/same"));
  expect(root.inode(`${FOLDER}/0/open`)).toBe(root.inode("ABC00002/open"));
});

test("a file with one name gets the entries of what it replaces without being copied", () => {
  const root = openRoot();
  root.write("ABC00001/new", "old", "one reader");
  const before = root.inode(`${FOLDER}/0/new`);
  expect(root.place().touched).toHaveLength(1);
  expect([root.inode(`${FOLDER}/0/new`), root.listOf(`${FOLDER}/0/new`)]).toEqual([before, "one reader"]);
});
