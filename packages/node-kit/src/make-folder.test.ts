import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { makeFolder } from "./make-folder.ts";

test("a folder is made with all that are missing above it, and one that is there stays as it is", () => {
  const folder = temporaryFolder();
  makeFolder(join(folder, "a", "b", "c"), 0o700);
  expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
  makeFolder(join(folder, "a", "b"), 0o755);
  expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
  expect(existsSync(join(folder, "a", "b", "c"))).toBe(true);
});

test("a link to a folder counts as that folder", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "link"));
  makeFolder(join(folder, "link", "below"));
  expect(existsSync(join(folder, "real", "below"))).toBe(true);
});

test.each(["file", "dangling"])("below what is no folder (a %s) none is made, and the error names the place", (kind) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "dangling"));
  expect(() => makeFolder(join(folder, kind, "a", "b"))).toThrow(expect.objectContaining({ path: expect.stringContaining(kind) }));
  expect(() => makeFolder(join(folder, kind))).toThrow(expect.objectContaining({ code: "EEXIST" }));
});

test.runIf(process.platform === "linux")("where the system makes no folders, as below /proc, that is said at once", () => {
  for (const path of ["/proc/sitewright/receipts", "/proc/self/a/b/c"])
    expect(() => makeFolder(path)).toThrow(
      expect.objectContaining({ code: "IO_ERROR", message: expect.stringContaining("name another place") }),
    );
});
