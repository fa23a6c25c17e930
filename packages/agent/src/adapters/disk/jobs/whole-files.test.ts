import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { withAnchor } from "../anchor.ts";
import { platform } from "../platform/platform.ts";
import { writeWhole } from "./disk-write.ts";

const CONTENT = Buffer.from("all of it");
const MODIFIED = 1_700_000_000_123;

function write(root: string, path: string, mode = 0o644) {
  return withAnchor(root, (anchor) => writeWhole(anchor, { path, size: CONTENT.length, mode, modified: MODIFIED }, CONTENT));
}

function root(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "unit"));
  return folder;
}

test.each([0o022, 0o077])("a file written as a whole has its permissions and time, even those that a mask of %o takes away", (mask) => {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
  const folder = root();
  for (const mode of [0o444, 0o644, 0o755, 0o664]) {
    const path = `unit/${mode.toString(8)}`;
    const identity = write(folder, path, mode);
    const stat = statSync(join(folder, path));
    expect([(stat.mode & 0o777).toString(8), stat.mtimeMs, readFileSync(join(folder, path), "utf8")]).toEqual([
      mode.toString(8),
      MODIFIED,
      "all of it",
    ]);
    expect(identity).toBe(withAnchor(folder, (anchor) => platform.look(anchor.open("unit"), mode.toString(8)).identity));
  }
});

test("what has the name already is not touched, be it a file or a link", () => {
  const folder = root();
  writeFileSync(join(folder, "unit/file"), "other");
  symlinkSync("../outside", join(folder, "unit/link"));
  expect(write(folder, "unit/file")).toBeUndefined();
  expect(write(folder, "unit/link")).toBeUndefined();
  expect(readFileSync(join(folder, "unit/file"), "utf8")).toBe("other");
  expect(lstatSync(join(folder, "unit/link")).isSymbolicLink()).toBe(true);
  expect(existsSync(join(folder, "outside"))).toBe(false);
});

test("a file whose content is shorter than announced is refused", () => {
  const folder = root();
  const ask = { path: "unit/short", size: CONTENT.length + 1, mode: 0o644, modified: MODIFIED };
  expect(() => withAnchor(folder, (anchor) => writeWhole(anchor, ask, CONTENT))).toThrow(
    expect.objectContaining({ code: "STAGING_DAMAGED" }) as Error,
  );
});
