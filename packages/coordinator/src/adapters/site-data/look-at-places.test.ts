import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { lookAtPlaces } from "./look-at-places.ts";

test("the state of a place distinguishes filled, empty, absent, linked and other, and names the folder that decides it", async () => {
  const root = temporaryFolder();
  for (const path of ["packages/A/source", "packages/B/source", "SEC", "empty"]) await mkdir(join(root, path), { recursive: true });
  for (const path of ["packages/A/source/file", "packages/A/package.yaml", "packages/C"]) await writeFile(join(root, path), "");
  await symlink("A", join(root, "packages/L"));
  await symlink("A/package.yaml", join(root, "packages/linked.yaml"));
  const found = await lookAtPlaces(root, [
    "packages/A/source",
    "packages/A/package.yaml",
    "packages/B/source",
    "packages/C/source",
    "packages/D/source",
    "packages/L/source",
    "packages/linked.yaml",
    "SEC/inboxes/offerinf.box",
    "gone/inboxes",
  ]);
  expect([...found].map(([place, { is, at }]) => `${place}: ${is} at ${at}`).toSorted()).toEqual([
    "SEC/inboxes/offerinf.box: empty at SEC",
    "gone/inboxes: absent at gone",
    "packages/A/package.yaml: file at packages/A/package.yaml",
    "packages/A/source: filled at packages/A/source",
    "packages/B/source: empty at packages/B/source",
    "packages/C/source: other at packages/C",
    "packages/D/source: absent at packages/D",
    "packages/L/source: link at packages/L",
    "packages/linked.yaml: file at packages/linked.yaml",
  ]);
});

test("folders that hold nothing but folders are empty, unless there are more of them than the limit", async () => {
  const root = temporaryFolder();
  await mkdir(join(root, "skeleton/a/b/c"), { recursive: true });
  await mkdir(join(root, "skeleton/lost+found"));
  await writeFile(join(root, "skeleton/lost+found/#12"), "");
  await mkdir(join(root, "deep/a/b/c"), { recursive: true });
  await writeFile(join(root, "deep/a/b/c/file"), "");
  for (let i = 0; i < 300; i++) await mkdir(join(root, `many/${i}`), { recursive: true });
  const found = await lookAtPlaces(root, ["skeleton", "deep", "many"]);
  expect([...found].map(([place, { is }]) => `${place} ${is}`).toSorted()).toEqual(["deep filled", "many filled", "skeleton empty"]);
});

test("a folder on another file system than the one above it is reported as a mounted disk", async () => {
  // The kernel's own folders are separate file systems on every Linux.
  const found = await lookAtPlaces("/", ["proc/sys", "usr"]);
  expect(found.get("proc/sys")).toMatchObject({ is: "filled", mounts: expect.arrayContaining(["proc"]) as string[] });
  const plain = temporaryFolder();
  await mkdir(join(plain, "a/b"), { recursive: true });
  expect((await lookAtPlaces(plain, ["a/b"])).get("a/b")?.mounts).toEqual([]);
});
