import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES } from "./support/backed-up-site.ts";
import { preload } from "./support/preload.ts";

/**
 * The calls before which a run is killed, in their order, and how many services it has stopped then. Each kill takes more than a second of a
 * processor, so these are the calls that change what the guardian, the next run or a restore finds; what lies between two of them reads, or
 * writes what the next one makes count. Each has to be met: none is lost when the code changes.
 */
const CALLS: [what: string, call: string, stopped: number][] = [
  ["what has to be started is noted", "^rename .*/owed\\.json", 0],
  ["the first service is stopped", "^spawn systemctl stop,executive", 0],
  ["the second service is stopped", "^spawn systemctl stop,manager", 1],
  ["the dump is saved", "^openSync .*/database/site\\.dump", 2],
  ["the first service is started", "^spawn systemctl start,manager", 2],
  ["the second service is started", "^spawn systemctl start,executive", 2],
  ["it is noted that nothing has to be started", "^rm .*/owed\\.json", 2],
  ["new chunks are written", "^writevSync ", 2],
  ["the store knows them", "^exec COMMIT", 2],
  ["the list gets its name", "^rename .*\\.list\\.draft", 2],
  ["the snapshot gets its record, from which on it counts", "^rename .*/runs/[^/]*\\.json", 2],
  ["the record of the run before is removed", "^rm .*/runs/[^/]*\\.json ", 2],
  ["its list is removed", "^rm .*\\.list ", 2],
  ["its chunks are removed", "^prepare SELECT digest, pack", 2],
  ["what is still used of a pack is moved", "^prepare SELECT digest, at", 2],
  ["packs that nothing uses any more are removed", "^rmSync .*/packs/", 2],
];

const PRELOAD = preload(join(import.meta.dirname, "support/kill-at-call.ts"));

const AGENT = join(import.meta.dirname, "../packages/agent/bin/sitewright-agent.mjs");

test(
  "a backup that is killed before one of its calls leaves all services running and the earlier snapshot whole",
  { timeout: 900_000 },
  async () => {
    using site = createBackedUpSite();
    expect((await site.agent("run")).code).toBe(0);
    for (const [what, call, stopped] of CALLS) {
      const before = site.services.stops();
      const { code } = await site.agent("run", ["--keep", "1"], { NODE_OPTIONS: PRELOAD, KILL_BEFORE: call });
      expect([what, code, site.services.stops() - before]).toEqual([what, null, stopped]);
      await waitFor(`the services after a kill before ${what}`, () => site.services.running().length === SERVICES.length);
      // Of the newest complete run: with --keep 1 the first one may go once another is complete.
      const verified = await waitFor("the store", () => unlocked(site.agent("verify", ["--json"])));
      expect([what, verified.code, JSON.parse(verified.stdout)]).toMatchObject([what, 0, { good: 4, bad: [], notTested: 0 }]);
    }
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
