import { join } from "node:path";
import { expect, test } from "vitest";
import { startFleet, type AgentHost } from "../support/fleet.ts";
import { writePackage } from "../support/site.ts";
import { AGENT, onWindows, seen, startClient, startOnWindows } from "../support/windows/host.ts";

const fileByFile: AgentHost = {
  ...onWindows,
  start: ({ folder }) =>
    startOnWindows(AGENT, ["run", "--data-dir", seen(join(folder, "agent-data")), "--switch", "files"], join(folder, "agent.log")),
};

const filesOf = (version: number): Record<string, string> => ({
  "setup.txt": `v${version} and v${version}`,
  "deep/file.txt": `v${version}`,
});

test("a client that reads while a package is updated file by file sees the old file, then the new one, and is never without one", async () => {
  await using fleet = await startFleet({
    host: fileByFile,
    systems: { SRVWIN: { roles: ["dp"] } },
    packages: { ABC00001: { files: filesOf(1) } },
  });
  await fleet.json("rebuild");
  await using client = await startClient("read", join(fleet.agent("SRVWIN").root("dp"), "ABC00001/setup.txt"));
  for (const version of [2, 3]) {
    writePackage(fleet.siteData, "ABC00001", { files: filesOf(version), on: ["SRVWIN"], version });
    expect((await fleet.json("rebuild", "--package", "ABC00001", "--wait")).run.state).toBe("done");
  }
  const { contents, counts } = await client.end();
  expect(contents).toEqual(["v1", "v2", "v3"]);
  expect(Object.keys(counts).toSorted()).toEqual(["v1", "v2", "v3"]);
  expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
});
