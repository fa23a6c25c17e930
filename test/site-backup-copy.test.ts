import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { stopProgram, waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, restoreFromElsewhere } from "./support/backed-up-site.ts";
import { preload } from "./support/preload.ts";

/** From one kill to the next, calls: each takes more than a second of a processor. Before the first one the program itself is loaded. */
const APART = 9;

const PRELOAD = preload(join(import.meta.dirname, "support/kill-at-call.ts"));

interface Copied {
  run: string;
  added: number;
}

test("a copy in another folder restores the site in place when the backup itself is lost", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  const { run } = await site.json<{ run: string }>("run");
  await site.agent("archive", ["--name", "first"]);
  expect(await site.json<Copied>("copy", "--to", copy)).toMatchObject({ run });
  expect(await site.json<object[]>("list", "--copy", copy)).toMatchObject([{ run, state: "complete", archived: "first" }]);
  expect(await site.json<object>("verify", "--copy", copy)).toMatchObject({ run, good: 4, bad: [], notTested: 0 });
  await restoreFromElsewhere(site, run, async () => ["--copy", copy]);
});

test("a second copy moves what is new, at no more than its limit, and keeps as many runs as it is told to", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  writeFileSync(join(site.folder, "site/large"), noise(3_000_000, 1));
  await site.agent("run");
  expect((await site.json<Copied>("copy", "--to", copy)).added).toBeGreaterThan(3_000_000);
  expect((await site.json<Copied>("copy", "--to", copy)).added).toBe(0);
  writeFileSync(join(site.folder, "site/new"), noise(1_000_000, 2));
  await site.agent("run");
  const began = performance.now();
  const { added } = await site.json<Copied>("copy", "--to", copy, "--copy-limit", "8", "--keep", "1");
  // 8 Mbit/s are a megabyte in a second.
  expect([added > 1_000_000, added < 1_200_000, performance.now() - began > 900]).toEqual([true, true, true]);
  expect(await site.json<object[]>("list", "--copy", copy)).toHaveLength(1);
  expect((await site.agent("copy", ["--to", join(site.folder, "backup")])).stderr).toContain("BAD_REQUEST");
});

test("a damaged chunk is not copied, and a damaged copy is healed by the next one after it was found", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  writeFileSync(join(site.folder, "site/large"), noise(1_000_000, 3));
  await site.agent("run");
  await site.agent("copy", ["--to", copy]);
  truncateSync(join(copy, ".sitewright/packs/1.pack"), 1000);
  expect((await site.agent("verify", ["--copy", copy])).code).toBe(1);
  await site.agent("copy", ["--to", copy]);
  expect(await site.json<object>("verify", "--copy", copy)).toMatchObject({ bad: [] });
  truncateSync(join(site.folder, "backup/.sitewright/packs/1.pack"), 1000);
  const other = join(site.folder, "other");
  expect((await site.agent("copy", ["--to", other])).stderr).toContain("SNAPSHOT_DAMAGED");
  expect(await site.json<object[]>("list", "--copy", other)).toEqual([]);
});

test(
  "a copy that is killed before one of its calls counts when it is whole, and is completed by the next one",
  { timeout: 600_000 },
  async () => {
    using site = createBackedUpSite();
    const counted = join(site.folder, "count");
    const env = { NODE_OPTIONS: PRELOAD, KILL_VERB: "copy" };
    await site.agent("run");
    await site.agent("copy", ["--to", join(site.folder, "counted")], { ...env, COUNT_CALLS: counted });
    const calls = Number(readFileSync(counted, "utf8"));
    expect(calls).toBeGreaterThan(10);
    for (let at = APART; at <= calls; at += APART) {
      const copy = join(site.folder, `copy-${at}`);
      await site.agent("copy", ["--to", copy], { ...env, KILL_AT: String(at) });
      // It counts only when it is whole.
      const { code, stderr } = await site.agent("verify", ["--copy", copy]);
      expect([at, code === 0 || stderr.includes("NOT_FOUND")]).toEqual([at, true]);
      expect([at, (await site.agent("copy", ["--to", copy])).code]).toEqual([at, 0]);
      expect([at, await site.json<object>("verify", "--copy", copy)]).toMatchObject([at, { good: 4, bad: [] }]);
    }
  },
);

test("the service copies each complete run, and alerts where it cannot", async () => {
  using site = createBackedUpSite();
  const copy = join(site.folder, "copy");
  await site.agent("run");
  await site.agent("copy", ["--to", copy]);
  const service = await site.serve("--no-schedule", "--copy-to", copy);
  await site.ask("begin");
  await waitFor("the copy", async () => (await site.json<object[]>("list", "--copy", copy)).length === 2);
  expect((await site.ask("status")).alerts).toEqual([]);
  // Its disk is no longer mounted.
  rmSync(copy, { recursive: true });
  mkdirSync(copy);
  await site.ask("begin");
  const alerts = await waitFor("the alert", async () => {
    const status = await site.ask("status");
    return status.runs.length === 3 && status.alerts.length > 0 ? status.alerts : undefined;
  });
  expect([alerts[0], readdirSync(copy)]).toEqual([expect.stringContaining("is its disk mounted?"), []]);
  await stopProgram(service);
});
