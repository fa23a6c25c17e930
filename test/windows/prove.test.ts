import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureExecutable } from "../../scripts/package/executable.ts";
import { BASE, seen, startOnWindows } from "../support/windows/host.ts";

test("the probes for a real Windows server each end with what they saw, under Wine too, and leave nothing behind", async () => {
  const folder = join(BASE, "prove");
  mkdirSync(folder, { recursive: true });
  const program = join(BASE, "sitewright-prove.exe");
  copyFileSync(await ensureExecutable("sitewright-prove", "win-x64"), program);
  const log = join(BASE, "prove.log");
  await once(startOnWindows(program, ["--folder", seen(folder)], log), "exit");
  const [head = "", , , , ...lines] = readFileSync(log, "utf8").trim().split("\n");
  expect(head).toMatch(/^Windows 10\..*Node\.js 26/);
  const results = new Map(lines.map((line) => line.split(" | ", 2) as [string, string]));
  expect(results.size).toBeGreaterThan(12);
  expect([...results.values()].every((result) => ["yes", "no", "not tried", "failed"].includes(result))).toBe(true);
  expect(results.get("| paths of 600 characters are written and read")).toBe("yes");
  expect(readdirSync(folder)).toEqual([]);
});
