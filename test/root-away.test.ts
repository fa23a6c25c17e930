import { mkdirSync, renameSync, rmdirSync } from "node:fs";
import { expect, test } from "vitest";
import { startFleet, waitFor } from "./support/fleet.ts";

test("a role root whose disk is absent is shown by status while its agent is connected, and no longer once the disk is back", async () => {
  await using fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "a" } } },
  });
  const agent = fleet.agent("SRVSEC");
  const root = agent.root("dp");
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  await agent.stop();
  renameSync(root, `${root}-away`);
  mkdirSync(root);
  await agent.start();
  const said = await waitFor("the root to be reported", async () => (await fleet.overview()).systems[0]?.warnings);
  expect(said).toEqual([expect.stringMatching(/^the role root .* is held: .* Is its disk mounted\?/)]);
  expect((await fleet.sitewright("status")).stdout).toMatch(/^SRVSEC: the role root .* is held/m);
  rmdirSync(root);
  renameSync(`${root}-away`, root);
  await waitFor("nothing to be reported", async () => (await fleet.overview()).systems[0]?.warnings === undefined || undefined);
});
