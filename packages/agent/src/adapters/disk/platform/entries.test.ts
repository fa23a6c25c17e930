import { chmodSync, closeSync, constants, linkSync, lstatSync, mkdirSync, openSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { identityOf, modifiedMs, wordsOf } from "../../../domain/tree/file-identity.ts";
import { platform } from "./platform.ts";
import { portable } from "./portable.ts";

function anyKind(): string {
  const root = temporaryFolder();
  mkdirSync(join(root, "folder"));
  writeFileSync(join(root, "file é"), "four");
  linkSync(join(root, "file é"), join(root, "twin"));
  symlinkSync("nowhere", join(root, "link"));
  writeFileSync(join(root, "odd"), "");
  chmodSync(join(root, "odd"), 0o4711);
  utimesSync(join(root, "odd"), -1.5, -1.5);
  return root;
}

function opened(path: string) {
  const folder = platform.openFolder(path, path);
  const { fd } = folder;
  if (fd !== undefined) onTestFinished(() => closeSync(fd));
  return folder;
}

test.each([
  ["through an open folder", platform, opened],
  ["by a path alone", portable, (root: string) => ({ at: root, fd: undefined })],
])("Entry attributes read %s are those that every other call reports", (_, { look, lookForWords }, open) => {
  const root = anyKind();
  const folder = open(root);
  for (const [name, kind] of Object.entries({
    folder: "folder",
    "file é": "file",
    twin: "file",
    link: "link",
    odd: "file",
    ".": "folder",
  })) {
    const stat = lstatSync(join(root, name), { bigint: true });
    const facts = look(folder, name);
    expect(facts).toMatchObject({ kind, mode: Number(stat.mode) & 0o7777, names: Number(stat.nlink), uid: Number(stat.uid) });
    expect([facts.gid, facts.identity, facts.size]).toEqual([Number(stat.gid), identityOf(stat), Number(stat.size)]);
    expect(facts.modified).toBe(modifiedMs(stat.mtimeNs));
    expect(lookForWords(folder, name)).toEqual({ kind, mode: facts.mode, words: wordsOf(stat), names: facts.names });
  }
});

test("An entry that is neither file, folder nor link is reported as another kind, on whatever device", () => {
  const stat = lstatSync("/dev/null", { bigint: true });
  const facts = platform.look(opened("/dev"), "null");
  expect([facts.kind, facts.identity]).toEqual(["other", identityOf(stat)]);
});

test("A missing entry, and a path through a file, are reported by the system's error code", () => {
  const root = anyKind();
  expect(() => platform.look(opened(root), "gone")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  const fd = openSync(join(root, "file é"), constants.O_RDONLY);
  onTestFinished(() => closeSync(fd));
  expect(() => platform.look({ at: join(root, "file é"), fd }, "name")).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
});
