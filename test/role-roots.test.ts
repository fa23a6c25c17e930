import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "../scripts/support/programs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-roots-"));
  mkdirSync(join(folder, "cap/inside"), { recursive: true });
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "cap"), join(folder, "link"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const cases: [what: string, roots: (folder: string) => string[]][] = [
  ["the root of the file system", () => ["dp=/"]],
  ["a home folder", () => [`dp=${homedir()}`]],
  ["a file", (at) => [`dp=${at}/file`]],
  ["a link", (at) => [`dp=${at}/link`]],
  ["a folder inside another role's root", (at) => [`cap=${at}/cap`, `dp=${at}/cap/inside`]],
  ["another role's root", (at) => [`cap=${at}/cap`, `dp=${at}/cap`]],
  ["the folder around another role's root", (at) => [`cap=${at}/cap/inside`, `dp=${at}/cap`]],
  ["the folder around the agent's data", (at) => [`dp=${at}`]],
];

test.each(cases)("a role root that is %s is refused before anything is joined or written", async (_, roots) => {
  const args = roots(folder).flatMap((root) => ["--root", root]);
  const { code, stderr } = await runProgram(
    "sitewright-agent",
    ["join", "http://127.0.0.1:9", "--name", "SRVABC", "--data-dir", join(folder, "data"), ...args],
    {
      env: { SITEWRIGHT_JOIN_TOKEN: `secret.${"0".repeat(64)}` },
    },
  );
  expect(stderr).toMatch(/^sitewright-agent: ROLE_ROOT_UNSAFE: /m);
  expect(code).toBe(1);
});

test("an unknown role is refused with the known ones", async () => {
  const { code, stderr } = await runProgram(
    "sitewright-agent",
    ["join", "http://127.0.0.1:9", "--name", "X", "--data-dir", join(folder, "data"), "--root", "share=/srv"],
    {
      env: { SITEWRIGHT_JOIN_TOKEN: `secret.${"0".repeat(64)}` },
    },
  );
  expect(stderr).toMatch(/cap.*logon-point.*dp/);
  expect(code).toBe(1);
});

test("the check of a folder that holds no agent says so, and sends nobody to the log of one", async () => {
  const { code, stderr } = await runProgram("sitewright-agent", ["check", "--data-dir", join(folder, "data")]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("NOT_JOINED")]);
});
