import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFleet } from "../support/fleet.ts";
import { onWindows, runAgentOnWindows, seen, type Ended } from "../support/windows/host.ts";

/** There is one on a machine: that of a run that was killed would keep this one from its name. */
const removed = () => runAgentOnWindows(["service", "remove"], join(tmpdir(), `sitewright-service-${process.pid}.log`));
beforeEach(async () => void (await removed()));
afterEach(async () => void (await removed()));

test("a service of Windows runs the agent until it is removed, and then ends in order", async () => {
  await using fleet = await startFleet({ host: onWindows, systems: { SRVWIN: { roles: ["dp"] } }, absent: ["SRVWIN"] });
  const agent = fleet.agent("SRVWIN");
  await agent.join();

  const dataDir = join(agent.place.folder, "agent-data");
  const service = (...args: string[]): Promise<Ended> => runAgentOnWindows(["service", ...args], join(fleet.folder, "service.log"));
  const log = (): string => readFileSync(join(dataDir, "agent.log"), "utf8");
  try {
    expect(await service("install", "--data-dir", seen(dataDir), "--switch", "files")).toEqual({
      code: 0,
      said: expect.stringMatching(/^the service SitewrightAgent runs, and starts with the system; its log is C:\S+\\agent\.log\n$/),
    });
    await fleet.connected("SRVWIN");
    expect(await service("status")).toEqual({ code: 0, said: "the service SitewrightAgent is running, and starts with the system\n" });
    expect(log()).not.toContain("the agent has stopped");
    expect((await fleet.overview()).systems).toMatchObject([{ name: "SRVWIN", switching: expect.stringMatching(/^file by file/) }]);
  } finally {
    expect(await service("remove")).toEqual({ code: 0, said: "the service SitewrightAgent is stopped and removed\n" });
  }
  expect(log().trimEnd().split("\n").at(-1)).toContain("the agent has stopped");
  expect(await service("status")).toEqual({ code: 0, said: "the service SitewrightAgent is not installed\n" });
});

test("a service that cannot start says so with the reason, is stopped, and can be removed", async () => {
  await using fleet = await startFleet({ host: onWindows, systems: { SRVWIN: { roles: ["dp"] } }, absent: ["SRVWIN"] });
  const agent = fleet.agent("SRVWIN");
  await agent.join();
  const dataDir = join(agent.place.folder, "agent-data");
  rmSync(join(dataDir, "agent-key.pem"));
  const service = (...args: string[]): Promise<Ended> => runAgentOnWindows(["service", ...args], join(fleet.folder, "service.log"));
  expect(await service("install", "--data-dir", seen(dataDir))).toEqual({
    code: 1,
    said: expect.stringMatching(/IO_ERROR: the service SitewrightAgent does not start \([A-Z_]+: .*agent-key\.pem.*\): see .*agent\.log/),
  });
  // It said so itself, instead of letting Windows wait for it.
  expect(await service("status")).toEqual({ code: 0, said: "the service SitewrightAgent is stopped, and starts with the system\n" });
  expect(await service("remove")).toEqual({ code: 0, said: "the service SitewrightAgent is stopped and removed\n" });
});
