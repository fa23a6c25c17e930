import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockRoot } from "./root-lock.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sitewright-root-"));
  mkdirSync(join(root, ".sitewright"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("a role root is served by one agent at a time, and by the next when that one has ended", () => {
  const first = lockRoot(root);
  expect(() => lockRoot(root)).toThrow(expect.objectContaining({ code: "AGENT_DATA_IN_USE" }));
  first[Symbol.dispose]();
  lockRoot(root)[Symbol.dispose]();
});

test("a link planted in place of the lock is not followed", () => {
  symlinkSync(join(root, "elsewhere"), join(root, ".sitewright/lock"));
  expect(() => lockRoot(root)).toThrow(expect.objectContaining({ code: "LINK_IN_PATH" }));
});

test("a lock file with foreign content is made again, and not reported as another agent", () => {
  writeFileSync(join(root, ".sitewright/lock"), "this is not a database, and it is longer than a header".repeat(100));
  using _lock = lockRoot(root);
  expect(() => lockRoot(root)).toThrow(expect.objectContaining({ code: "AGENT_DATA_IN_USE" }));
});
