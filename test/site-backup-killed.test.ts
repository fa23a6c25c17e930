import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES } from "./support/backed-up-site.ts";
import { preload } from "./support/preload.ts";

/** From one kill to the next, calls: each takes more than a second of a processor. */
const APART = 5;

const PRELOAD = preload(join(import.meta.dirname, "support/kill-at-call.ts"));

const AGENT = join(import.meta.dirname, "../packages/agent/bin/sitewright-agent.mjs");

interface Run {
  state: string;
}

test(
  "a backup that is killed before one of its calls leaves all services running and the earlier snapshot whole",
  { timeout: 900_000 },
  async () => {
    using site = createBackedUpSite();
    const counted = join(site.folder, "count");
    const first = await site.agent("run", ["--json"], { NODE_OPTIONS: PRELOAD, COUNT_CALLS: counted });
    expect([first.code, first.stderr]).toEqual([0, ""]);
    const calls = Number(readFileSync(counted, "utf8"));
    let stopped = 0;
    for (let at = 1; at <= calls; at += APART) {
      const before = site.services.stops();
      await site.agent("run", ["--keep", "1"], { NODE_OPTIONS: PRELOAD, KILL_AT: String(at) });
      if (site.services.stops() > before) stopped += 1;
      await waitFor(`the services after a kill at ${at}`, () => site.services.running().length === SERVICES.length);
      // With --keep 1 the first run may go once another is complete.
      const seen = JSON.parse((await waitFor("the store", () => unlocked(site.agent("list", ["--json"])))).stdout) as Run[];
      expect([at, seen.some(({ state }) => state === "complete")]).toEqual([at, true]);
      const verified = await site.agent("verify", ["--json"]);
      expect([at, verified.code, JSON.parse(verified.stdout)]).toMatchObject([at, 0, { good: 4, bad: [], notTested: 0 }]);
    }
    // Kills after the services were stopped: otherwise this test would show little.
    expect(stopped).toBeGreaterThan(4);
    expect((await site.agent("run")).code).toBe(0);
  },
);

test("the guardian starts the services at its time limit while the run that it watches hangs, and records that it failed", async () => {
  using site = createBackedUpSite();
  const own = join(site.folder, "backup/.sitewright");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const run = "20261129T010203Z-00000000";
  const start = [{ line: 1, action: { kind: "service", name: "manager", to: "start" } }];
  writeFileSync(join(own, "owed.json"), JSON.stringify({ run, until: 0, services: SERVICES, start }), { mode: 0o600 });
  for (const name of SERVICES) site.services.stop(name);
  const until = Date.now() + 3000;
  // This test is the run: it holds the other end of the pipe, and does not end.
  const guardian = spawn(process.execPath, [AGENT, "site-backup", "guard", own, run, String(until)], {
    env: { ...process.env, ...site.env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(guardian, "exit");
  await once(guardian.stdout, "data");
  expect(site.services.running()).toEqual([]);
  await ended;
  expect([Date.now() >= until, site.services.running()]).toEqual([true, SERVICES]);
  expect(JSON.parse((await site.agent("list", ["--json"])).stdout)).toMatchObject([{ run, state: "failed" }]);
});

/** The guardian records what the killed run was. */
async function unlocked<T extends { stderr: string }>(asked: Promise<T>): Promise<T | undefined> {
  const answer = await asked;
  return answer.stderr.includes("SITE_BACKUP_RUNS") ? undefined : answer;
}
