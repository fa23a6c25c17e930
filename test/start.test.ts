import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { writeSite } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

const root = dirname(import.meta.dirname);

function npmStart(...args: string[]): { status: number | null; summary: Record<string, unknown>; stderr: string } {
  const { status, stdout, stderr } = spawnSync("npm", ["start", "--silent", "--", "--once", ...args], {
    cwd: root,
    encoding: "utf8",
    timeout: 280_000,
  });
  return { status, summary: JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "{}") as Record<string, unknown>, stderr };
}

test("npm start -- --once rebuilds the sample hierarchy, verifies it byte for byte, and says so in its last line", () => {
  const { status, summary, stderr } = npmStart();
  expect(status, stderr).toBe(0);
  expect(Object.keys(summary)).toEqual(["systems", "units", "bytesSource", "bytesReused", "bytesSent", "seconds", "verified"]);
  expect(summary).toMatchObject({ systems: 5, verified: true });
  expect(summary.bytesReused).toBeGreaterThan(0);
  expect(summary.bytesSent).toBeGreaterThan(20_000_000);
});

test("npm start -- --site-data DIR --agents DIR does the same with a hierarchy and folders of one's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-own-"));
  try {
    writeSite(join(folder, "data"), {
      systems: { MYSRV: { roles: ["cap", "logon-point", "dp"] } },
      packages: { ABC00001: { files: { "setup.exe": "program" } } },
    });
    writeTree(join(folder, "agents/MYSRV"), { "dp/ABC00001/setup.exe": "stale", "dp/keep.txt": "mine" });
    const { status, summary, stderr } = npmStart("--site-data", join(folder, "data"), "--agents", join(folder, "agents"));
    expect(status, stderr).toBe(0);
    expect(summary).toMatchObject({ systems: 1, units: 3, verified: true });
    expect(readTree(join(folder, "agents/MYSRV/dp/ABC00001"))).toEqual(readTree(join(folder, "data/packages/ABC00001/source")));
    expect(Object.keys(readTree(join(folder, "agents/MYSRV/dp")))).toContain("keep.txt");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
