import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { windowsPlatform } from "./windows.ts";

test("Of a manifest's permissions Windows keeps whether a file is read-only, and a look reports the same of what it made of them", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "folder"));
  const kept = (kind: "folder" | "file", mode: number) => windowsPlatform.keptMode(kind, mode);
  // What Windows reports after the chmod of each.
  for (const [kind, name, wanted, reported] of [
    ["file", "plain", 0o644, 0o666],
    ["file", "program", 0o755, 0o666],
    ["file", "read-only", 0o444, 0o444],
    ["folder", "folder", 0o755, 0o666],
    ["folder", "folder", 0o777, 0o444],
  ] as const) {
    if (kind === "file") writeFileSync(join(root, name), "");
    chmodSync(join(root, name), reported);
    const folder = { at: root, fd: undefined };
    expect(windowsPlatform.look(folder, name)).toMatchObject({ kind, mode: kept(kind, wanted) });
    expect(windowsPlatform.lookForWords(folder, name)).toMatchObject({ kind, mode: kept(kind, wanted) });
  }
  expect([kept("file", 0o644), kept("file", 0o444)]).toEqual([0o644, 0o444]);
});

test("A read-only file of the agent can be made writable again, but nothing that is no plain file", () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "mine"), "");
  chmodSync(join(root, "mine"), 0o444);
  expect(windowsPlatform.reclaim(join(root, "mine"))).toBe(true);
  expect(lstatSync(join(root, "mine")).mode & 0o200).toBe(0o200);
  symlinkSync("mine", join(root, "link"));
  expect(windowsPlatform.reclaim(join(root, "link"))).toBe(false);
});

test("The target of a link is written with slashes, as in a manifest", () => {
  const root = temporaryFolder();
  windowsPlatform.makeLink("versions/2.1", join(root, "current"));
  expect(windowsPlatform.targetOf(join(root, "current"))).toBe("versions/2.1");
});

test("Folders of the system are those that its environment names", () => {
  vi.stubEnv("SystemRoot", "C:\\Windows");
  vi.stubEnv("ProgramFiles", "C:\\Program Files");
  vi.stubEnv("PUBLIC", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(windowsPlatform.systemFolders()).toEqual(["C:\\Windows", "C:\\Program Files"]);
});
