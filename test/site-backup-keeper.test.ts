import { cpSync, existsSync, readdirSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import type { AddressStatus } from "../packages/coordinator/src/app/addresses/address-status.ts";
import { startProgram, stopProgram, waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, restoreFromElsewhere, type BackedUpSite } from "./support/backed-up-site.ts";
import { makeSmallDisk } from "./support/small-disk.ts";
import { startFleet, type AgentHost, type Fleet } from "./support/fleet.ts";

/** The site server, a system at another site behind a line, which keeps its backups, and one that keeps none. */
const SYSTEMS = { SRVABC: { roles: ["cap"] }, DPSEC: { site: "SEC", roles: ["dp"] }, DPLAB: { roles: ["dp"] } };
/** What a line at 8 Mbit/s carries in a second, bytes. */
const SECOND = 1_000_000;

interface Copied {
  run: string;
  added: number;
}

function startKeptFleet(site: BackedUpSite): Promise<Fleet> {
  const host: AgentHost = {
    ...site.host,
    start({ system, folder }) {
      const keeps = system === "DPSEC" ? ["--keep-backups", join(folder, "kept"), "--keep-backups-runs", "2"] : [];
      return startProgram("sitewright-agent", ["run", "--data-dir", join(folder, "agent-data"), "--site-backup", site.socket, ...keeps], {
        log: join(folder, "agent.log"),
      });
    },
  };
  return startFleet({ systems: SYSTEMS, bandwidth: "80 Mbit/s", host });
}

test("a backup is kept by another system, read back there, and restores the site when all of its own machine is lost", async () => {
  using site = createBackedUpSite();
  await using fleet = await startKeptFleet(site);
  const agent = ["--agent", join(fleet.agent("SRVABC").place.folder, "agent-data")];
  const kept = join(fleet.agent("DPSEC").place.folder, "kept/SRVABC/.sitewright");
  writeFileSync(join(site.folder, "site/large"), noise(2_000_000, 1));
  const { run } = await site.json<{ run: string }>("run");
  await site.agent("archive", ["--name", "first"]);
  const first = await site.json<Copied>("copy", "--to-system", "DPSEC", ...agent);
  expect([first.run, first.added > 2_000_000]).toEqual([run, true]);
  expect(await site.json<object[]>("list", "--system", "DPSEC", ...agent)).toMatchObject([{ run, state: "complete", archived: "first" }]);
  expect(await site.json<object>("verify", "--system", "DPSEC", ...agent)).toMatchObject({ run, good: 5, bad: [], notTested: 0 });

  writeFileSync(join(site.folder, "site/new"), noise(300_000, 2));
  const last = await site.json<{ run: string }>("run");
  const used = async () => (await (await fleet.api("/api/v1/addresses")).json()) as AddressStatus[];
  expect((await site.json<Copied>("copy", "--to-system", "DPSEC", ...agent)).added).toBeLessThan(400_000);
  expect(await used()).toMatchObject([{ key: "SEC" }]);

  // Damage there is found there, and sent again.
  const pack = readdirSync(join(kept, "packs")).toSorted((a, b) => (a < b ? -1 : 1))[0] as string;
  truncateSync(join(kept, "packs", pack), 1000);
  expect((await site.agent("verify", ["--system", "DPSEC", ...agent])).stderr).toContain("SNAPSHOT_DAMAGED");
  expect((await site.json<Copied>("copy", "--to-system", "DPSEC", ...agent)).added).toBeGreaterThan(1_000_000);
  expect(await site.json<object>("verify", "--system", "DPSEC", ...agent)).toMatchObject({ bad: [] });

  await restoreFromElsewhere(site, last.run, async () => {
    expect(await site.json<Copied>("copy", "--from-system", "DPSEC", ...agent)).toMatchObject({ run: last.run });
    return [];
  });
});

test("a copy takes no more than the budget of the keeper's line, and one that is killed is continued by the next", async () => {
  using site = createBackedUpSite();
  await using fleet = await startKeptFleet(site);
  const agent = ["--agent", join(fleet.agent("SRVABC").place.folder, "agent-data")];
  const kept = join(fleet.agent("DPSEC").place.folder, "kept/SRVABC/.sitewright/packs");
  writeFileSync(join(site.folder, "site/large"), noise(4 * SECOND, 3));
  await site.agent("run");
  await fleet.sitewright("address", "set", "SEC", "--bandwidth", "8 Mbit/s");
  const words = ["site-backup", "copy", site.file, "--to-system", "DPSEC", ...agent];
  const killed = startProgram("sitewright-agent", words, { log: join(site.folder, "copy.log"), env: { ...process.env, ...site.env } });
  await waitFor("bytes of the copy", () => existsSync(kept) && readdirSync(kept).length > 0);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(await site.json<object[]>("list", "--system", "DPSEC", ...agent)).toEqual([]);
  const began = performance.now();
  const { added } = await waitFor("the next copy", () =>
    site.json<Copied>("copy", "--to-system", "DPSEC", ...agent).catch(() => undefined),
  );
  // What it sent needed that time on a line of a megabyte in a second.
  expect(performance.now() - began).toBeGreaterThan((added / SECOND) * 900);
  expect(await site.json<object>("verify", "--system", "DPSEC", ...agent)).toMatchObject({ good: 5, bad: [] });
});

test.runIf(isRoot)(
  "a keeper whose disk is full says so, gives its room back, has the earlier run still, and takes the next one when there is room again",
  async () => {
    using site = createBackedUpSite();
    await using fleet = await startKeptFleet(site);
    const agent = ["--agent", join(fleet.agent("SRVABC").place.folder, "agent-data")];
    const kept = join(fleet.agent("DPSEC").place.folder, "kept");
    using disk = makeSmallDisk(kept, 80);
    expect(disk, "the right to mount, which the tests have when they run as root").toBeDefined();
    await fleet.sitewright("address", "set", "SEC", "--bandwidth", "800 Mbit/s");
    const copy = () => site.agent("copy", ["--to-system", "DPSEC", ...agent]);
    const { run } = await site.json<Copied>("run");
    expect(await copy()).toMatchObject({ code: 0 });
    const used = () => {
      const { blocks, bavail } = statfsSync(kept);
      return blocks - bavail;
    };
    const before = used();
    // More than is committed at once, so that a part of it was on the disk for good.
    writeFileSync(join(site.folder, "site/large"), noise(90_000_000, 4));
    await site.agent("run");
    expect(await copy()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`DISK_FULL: DPSEC: the disk of ${kept}/SRVABC is full`),
    });
    expect(used() - before).toBeLessThan(5_000_000 / 4096);
    expect(await site.json<object[]>("list", "--system", "DPSEC", ...agent)).toMatchObject([{ run }]);
    expect(await site.json<object>("verify", "--system", "DPSEC", ...agent)).toMatchObject({ run, bad: [], notTested: 0 });
    const warned = /"err":"DISK_FULL: [^"]*","msg":"backups of another system were not kept or given back"/;
    await waitFor("the warning there", () => warned.test(fleet.agent("DPSEC").log()));
    // Not a byte is free.
    disk?.fill();
    expect(await copy()).toMatchObject({ code: 1, stderr: expect.stringContaining("DISK_FULL") });
    disk?.free();
    expect([fleet.agent("DPSEC").process?.exitCode, (await fleet.system("DPSEC")).connected]).toEqual([null, true]);
    writeFileSync(join(site.folder, "site/large"), noise(30_000_000, 4));
    const last = await site.json<Copied>("run");
    expect(await copy()).toMatchObject({ code: 0 });
    expect(await site.json<object[]>("list", "--system", "DPSEC", ...agent)).toMatchObject([{ run: last.run }, { run }]);
  },
);

test("who keeps no backups, is not there, is not known, or shows another key is told apart, and nothing is sent", async () => {
  using site = createBackedUpSite();
  await using fleet = await startKeptFleet(site);
  const dataDir = (system: "SRVABC" | "DPLAB") => join(fleet.agent(system).place.folder, "agent-data");
  await site.agent("run");
  const copy = async (system: string, agent = dataDir("SRVABC")) =>
    (await site.agent("copy", ["--to-system", system, "--agent", agent])).stderr;
  expect(await copy("DPLAB")).toContain("NOT_FOUND: no backups of other systems are kept there");
  expect(await copy("SRVABC")).toContain("BAD_REQUEST: a line goes from one system");
  expect(await copy("DPXXX")).toContain("SYSTEM_UNKNOWN: the hierarchy has no system DPXXX");
  await fleet.agent("DPSEC").stop();
  await waitFor("its end", async () => (await fleet.overview()).systems.some(({ name, connected }) => name === "DPSEC" && !connected));
  expect(await copy("DPSEC")).toContain("AGENT_UNREACHABLE: the agent of DPSEC is not connected");
  const stolen = join(site.folder, "stolen");
  cpSync(dataDir("SRVABC"), stolen, { recursive: true });
  cpSync(join(dataDir("DPLAB"), "agent-key.pem"), join(stolen, "agent-key.pem"));
  expect(await copy("DPSEC", stolen)).toContain("UNAUTHENTICATED");
});

test("the service sends each complete run to the keeper and to a folder, one after the other, and alerts of one that it cannot send", async () => {
  using site = createBackedUpSite();
  await using fleet = await startKeptFleet(site);
  const agent = join(fleet.agent("SRVABC").place.folder, "agent-data");
  const copy = join(site.folder, "copy");
  await site.agent("run");
  await site.agent("copy", ["--to", copy]);
  const service = await site.serve("--no-schedule", "--copy-to", copy, "--copy-to-system", "DPSEC", "--agent", agent);
  const listed = () => site.json<object[]>("list", "--system", "DPSEC", "--agent", agent);
  await waitFor("the run that was there", async () => (await listed()).length === 1);
  await site.ask("begin");
  await waitFor("the next one", async () => (await listed()).length === 2);
  await waitFor("no alert", async () => (await site.ask("status")).alerts.length === 0);
  expect(await site.json<object[]>("list", "--copy", copy)).toHaveLength(2);
  // Two runs are kept there, whatever is asked for here.
  await site.ask("begin");
  await waitFor("the third run there", async () =>
    JSON.stringify(await listed()).includes((await site.ask("status")).runs[0]?.run ?? "none"),
  );
  expect(await listed()).toHaveLength(2);
  await fleet.agent("DPSEC").stop();
  await site.ask("begin");
  // What was being copied when the keeper ended is reported first.
  await waitFor("the alert", async () => {
    const { runs, alerts } = await site.ask("status");
    const [alert] = alerts;
    return runs.length === 4 && alerts.length === 1 && alert?.includes(" to DPSEC failed: the agent of DPSEC is not connected");
  });
  await stopProgram(service);
});
