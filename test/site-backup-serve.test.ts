import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { stopProgram, waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";

interface Answer {
  code?: string;
  running?: number;
  due?: number;
  runs: { state: string }[];
  alerts: string[];
}

/** Processes that watch over runs of this site. */
function guardiansOf(site: BackedUpSite): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`guard\0${site.folder}`);
    } catch {
      return false; // it has ended
    }
  });
}

async function ask(site: BackedUpSite, question: string): Promise<Answer> {
  const socket = connect(site.socket);
  let text = "";
  socket.on("data", (data) => (text += data.toString()));
  socket.end(question);
  await once(socket, "close");
  return JSON.parse(text) as Answer;
}

test("the service makes a backup when the agent asks, answers with the runs, and its socket is closed to others", async () => {
  using site = createBackedUpSite();
  const service = await site.serve("--daily", "03:00");
  expect(statSync(site.socket).mode & 0o777).toBe(0o600);
  expect(await ask(site, "status\n")).toMatchObject({ due: expect.any(Number) as number, runs: [] });
  expect(await ask(site, "begin\n")).toMatchObject({ running: expect.any(Number) as number });
  await waitFor("the run", async () => (await ask(site, "status\n")).runs[0]?.state === "complete");
  for (const question of ["run /bin/sh\n", `${"x".repeat(2000)}\n`, "{}\n"])
    expect(await ask(site, question).catch(() => ({ code: "closed" }))).toHaveProperty("code");
  await stopProgram(service);
  expect([service.exitCode, site.services.running()]).toEqual([0, SERVICES]);
});

test("damage in the store is found after the next backup, alerted of, and healed by the one after it", async () => {
  using site = createBackedUpSite();
  writeFileSync(join(site.folder, "site/large"), noise(1_000_000, 5));
  const service = await site.serve("--no-schedule", "--verify-in", "1");
  expect((await ask(site, "status\n")).alerts).toEqual([expect.stringContaining("there is no complete backup")]);
  const runs = async (count: number) => {
    await ask(site, "begin\n");
    return waitFor(`run ${count}`, async () => {
      const status = await ask(site, "status\n");
      return status.running === undefined && status.runs.length === count ? status.alerts : undefined;
    });
  };
  expect(await runs(1)).toEqual([]);
  const pack = join(site.folder, "backup/.sitewright/packs/1.pack");
  // Of the length that it should have: a shorter one would be noticed by the backup itself.
  const bytes = readFileSync(pack);
  bytes.fill(0, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 10);
  writeFileSync(pack, bytes);
  expect(await runs(2)).toEqual([expect.stringContaining("site/large among them; make another one")]);
  expect(await runs(3)).toEqual([]);
  await waitFor("the guardians to end", () => guardiansOf(site).length === 0);
  await stopProgram(service);
  expect((await site.agent("restore", ["--to", join(site.folder, "restored")])).code).toBe(0);
});

test("the service first starts what a run left stopped whose guardian was killed too", async () => {
  using site = createBackedUpSite();
  mkdirSync(join(site.folder, "backup/.sitewright"), { recursive: true, mode: 0o700 });
  const start = [{ line: 1, action: { kind: "service", name: "manager", to: "start" } }];
  const owed = { run: "20261129T010203Z-00000000", until: 0, services: SERVICES, start };
  writeFileSync(join(site.folder, "backup/.sitewright/owed.json"), JSON.stringify(owed), { mode: 0o600 });
  for (const name of SERVICES) site.services.stop(name);
  const service = await site.serve("--no-schedule");
  expect(site.services.running()).toEqual(SERVICES);
  expect(await ask(site, "status\n")).toMatchObject({ runs: [{ state: "failed" }] });
  await stopProgram(service);
});

test("a service without a schedule needs an explicit word", async () => {
  using site = createBackedUpSite();
  const { code, stderr } = await site.agent("serve", ["--socket", site.socket]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("--daily HH:MM, or --no-schedule")]);
});
