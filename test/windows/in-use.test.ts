import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "../support/fleet.ts";
import { writePackage } from "../support/site.ts";
import { onWindows, startClient } from "../support/windows/host.ts";

/** Share of its reads that a client may miss: at each exchange the folder is away for milliseconds. */
const FEW = 0.2;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    host: onWindows,
    systems: { SRVWIN: { roles: ["dp"] } },
    packages: { ABC00001: { files: filesOf(1) }, ABC00002: { files: filesOf(1) } },
  });
  await fleet.json("rebuild");
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

function filesOf(version: number): Record<string, string> {
  return { "setup.txt": `v${version} ${noise(200_000, version).toString("hex")} v${version}`, "deep/er/file.txt": `v${version} and more` };
}

function update(id: string, version: number): void {
  writePackage(fleet.siteData, id, { files: filesOf(version), on: ["SRVWIN"], version });
}

const served = (...path: string[]): string => join(fleet.agent("SRVWIN").root("dp"), ...path);

test("a client that reads while a package is updated sees the old content, then the new one, and never an old one again or a half", async () => {
  await using client = await startClient("read", served("ABC00001/setup.txt"));
  for (const version of [2, 3, 4]) {
    update("ABC00001", version);
    expect((await fleet.json("rebuild", "--package", "ABC00001")).exitCode).toBe(0);
  }
  const { contents, counts } = await client.end();
  expect(contents).toEqual(["v1", "v2", "v3", "v4"]);
  const { v1 = 0, v2 = 0, v3 = 0, v4 = 0, ENOENT: missing = 0, ...others } = counts;
  expect(others).toEqual({});
  expect(missing).toBeLessThan((v1 + v2 + v3 + v4) * FEW);
});

test("a file that a program has open for itself alone is named by a full verification, which finds the rest right", async () => {
  await using client = await startClient("hold", served("ABC00002/deep/er/file.txt"));
  const { exitCode, phases } = await fleet.json("verify", "--full");
  expect(exitCode).toBe(1);
  expect(phases.map(({ unit, outcome }) => [unit.name, outcome])).toEqual([
    ["ABC00001", expect.objectContaining({ kind: "verified", right: true })],
    ["ABC00002", expect.objectContaining({ kind: "failed", code: "FILE_IN_USE", message: expect.stringContaining("file.txt") })],
  ]);
  await client.end();
  expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
});
