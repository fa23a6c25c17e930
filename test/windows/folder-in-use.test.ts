import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunView } from "../../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "../support/fleet.ts";
import { writePackage } from "../support/site.ts";
import { onWindows, startClient } from "../support/windows/host.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ host: onWindows, systems: { SRVWIN: { roles: ["dp"] } }, packages: { ABC00001: { files: filesOf(1) } } });
  await fleet.json("rebuild");
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

function filesOf(version: number): Record<string, string> {
  return { "setup.txt": `v${version} and v${version}`, "deep/er/file.txt": `v${version} and more` };
}

const served = (...path: string[]): string => join(fleet.agent("SRVWIN").root("dp"), ...path);
const view = async (id: string): Promise<RunView> => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
const ended = (id: string) => waitFor("the run to end", async () => ((await view(id)).run.state === "done" ? view(id) : undefined));

/** Begins to update the package to a version; returns the id of the run. */
async function update(version: number): Promise<string> {
  writePackage(fleet.siteData, "ABC00001", { files: filesOf(version), on: ["SRVWIN"], version });
  return (await fleet.sitewright("rebuild", "--detach", "--package", "ABC00001")).stdout.trim();
}

test("a package whose folder a program is in waits and is served as it was, and goes live by itself once the program has left", async () => {
  await using program = await startClient("enter", served("ABC00001"));
  const id = await update(2);
  await waitFor(
    "the activation to wait for the folder",
    async () => (await view(id)).phases.some(({ inUse }) => inUse !== undefined) || undefined,
  );
  expect(readFileSync(served("ABC00001/setup.txt"), "latin1")).toBe("v1 and v1");
  await program.end();
  expect((await ended(id)).totals).toMatchObject({ units: 1, failed: 0 });
  expect(readFileSync(served("ABC00001/setup.txt"), "latin1")).toBe("v2 and v2");
});

test("a scanner that is in each staged folder for a moment neither fails a rebuild nor leaves a folder missing", async () => {
  await using scanner = await startClient("scan", served(".sitewright/staging"));
  await using client = await startClient("read", served("ABC00001/setup.txt"));
  for (const version of [3, 4]) expect((await ended(await update(version))).totals).toMatchObject({ units: 1, failed: 0 });
  expect((await client.end()).contents).toEqual(["v2", "v3", "v4"]);
  expect((await scanner.end()).counts["entered"]).toBeGreaterThan(0);
});
