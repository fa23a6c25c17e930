import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "1 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(4_000_000, 1) } } },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** The programs' launchers under a Node.js that claims to have this version. */
function launch(program: "coordinator/bin/sitewright.mjs" | "agent/bin/sitewright-agent.mjs", version: string, args: string[]) {
  const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, `packages/${program}`, ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  return { child, said: () => said };
}

test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "%s to the launcher under an older Node.js ends the program that it started",
  async (signal) => {
    await fleet.agent("SRVSEC").stop();
    const { child, said } = launch("agent/bin/sitewright-agent.mjs", "20.20.2", [
      "run",
      "--data-dir",
      `${fleet.agent("SRVSEC").place.folder}/agent-data`,
    ]);
    await fleet.connected();
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    await waitFor(
      `the agent to be gone\n${said()}`,
      async () => (await fleet.overview()).systems.every((system) => !system.connected) || undefined,
    );
    expect(child.exitCode).not.toBe(null);
    await fleet.agent("SRVSEC").start();
    await fleet.connected();
  },
);

test("Ctrl+C while a rebuild is followed says that it continues, and how to follow or cancel it", async () => {
  const { child, said } = launch("coordinator/bin/sitewright.mjs", process.versions.node, ["rebuild", "--data-dir", fleet.dataDir]);
  await waitFor("the rebuild to be under way", () => /running/.exec(said()) ?? undefined);
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
  expect(child.exitCode).toBe(130);
  const [run] = (await fleet.overview()).runs;
  expect(said()).toContain(`The run continues. Follow it: sitewright watch ${run?.id}    Stop it: sitewright cancel ${run?.id}`);
  expect(run?.state).toBe("running");
  await fleet.sitewright("cancel");
});
