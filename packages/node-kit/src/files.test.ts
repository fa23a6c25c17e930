import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { removeAbandonedDrafts, writeFileAtomic } from "./atomic-file.ts";
import { versionOf } from "./version.ts";

test("a file is replaced completely, with the requested permissions, and no draft stays beside it", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "key.pem");
  writeFileSync(file, "before", { mode: 0o644 });
  await writeFileAtomic(file, "after", 0o600);
  expect(readFileSync(file, "utf8")).toBe("after");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["key.pem"]);
});

test("a failed write leaves the former file, and no draft", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "key.pem", "inner"), { recursive: true });
  await expect(writeFileAtomic(join(folder, "key.pem"), "after", 0o600)).rejects.toMatchObject({ syscall: "rename" });
  expect(readdirSync(folder)).toEqual(["key.pem"]);
});

test("a failed write is about the file or the folder that was named, not about a draft that nobody knows", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken", "inner"), { recursive: true });
  writeFileSync(join(folder, "file"), "x");
  const write = (...names: string[]) => writeFileAtomic(join(folder, ...names), "after", 0o600);
  await expect(write("taken")).rejects.toMatchObject({ path: join(folder, "taken") });
  await expect(write("away", "key.pem")).rejects.toMatchObject({ code: "ENOENT", path: join(folder, "away") });
  await expect(write("file", "key.pem")).rejects.toMatchObject({ code: "ENOTDIR", path: join(folder, "file", "key.pem") });
});

test("what a killed writer left is removed after an hour, and nothing else", async () => {
  const folder = temporaryFolder();
  const [old, young] = [`key.pem.${randomUUID()}`, `key.pem.${randomUUID()}`];
  const names = ["key.pem", old, young, `${randomUUID()}`];
  for (const name of names) writeFileSync(join(folder, name), "x");
  const before = Date.now() / 1000 - 3_700;
  for (const name of names.filter((one) => one !== young)) utimesSync(join(folder, name), before, before);
  await removeAbandonedDrafts(folder);
  expect(readdirSync(folder).toSorted()).toEqual(names.filter((name) => name !== old).toSorted());
});

test("a module's version is that of the closest package above it", () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  expect(versionOf(import.meta.url)).toBe(version);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "dist", "bundle"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"version":"7.8.9"}');
  expect(versionOf(`file://${folder}/dist/bundle/main.js`)).toBe("7.8.9");
});

test.runIf(isRoot)("a file that finds no room is named by the error, and what was there before stays", async () => {
  const folder = temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  const path = join(folder, "tenure.json");
  writeFileSync(path, "before");
  await expect(writeFileAtomic(path, "x".repeat(100_000), 0o600)).rejects.toMatchObject({ code: "ENOSPC", path });
  expect([readdirSync(folder), readFileSync(path, "utf8")]).toEqual([["tenure.json"], "before"]);
});
