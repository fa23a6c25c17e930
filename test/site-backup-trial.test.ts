import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES, type BackedUpSite } from "./support/backed-up-site.ts";

interface Trial {
  state: string;
  cleaned?: number;
  faults: string[];
  checks: { target: string; fault?: string }[];
  compared: { part: string; saved: { files: number }; present?: { files: number } }[];
}

const AGENT = join(import.meta.dirname, "../packages/agent/bin/sitewright-agent.mjs");
const SITE = "BACKUP_DESTINATION/site";

async function trialOf(site: BackedUpSite): Promise<Trial & { code: number | null }> {
  const { code, stdout, stderr } = await site.agent("trial", ["--json"]);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Trial) };
}

const leftOf = (site: BackedUpSite) => readdirSync(join(site.folder, "backup/.sitewright/trial"));

/** Also while one is written: its draft stands beside it. */
function recordsOf(site: BackedUpSite): Trial[] {
  const folder = join(site.folder, "backup/.sitewright/trials");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Trial);
}

test.runIf(isRoot)(
  "a trial restores a run apart from the site, has it read without a network, compares it with the site, and removes it",
  async () => {
    using site = createBackedUpSite();
    const seen = join(site.folder, "seen");
    // What a check finds: the restored file, the way to it, and the networks that there are.
    const look = `#!/bin/sh\n{ cat "$1/inboxes/one.box"; echo; echo "$1"; tail -n +3 /proc/net/dev | cut -d: -f1; } > ${seen}\n`;
    writeFileSync(join(site.folder, "look"), look, { mode: 0o755 });
    site.writeControlFile({ restore: `check ${SITE} FROM/look ${SITE}` });
    await site.agent("run");
    writeFileSync(join(site.folder, "site/inboxes/one.box"), "changed since");
    writeFileSync(join(site.folder, "site/inboxes/two.box"), "made since");
    rmSync(join(site.folder, "settings"), { recursive: true });
    const trial = await trialOf(site);
    expect(trial).toMatchObject({ code: 0, state: "sound", checks: [{ target: "site" }], cleaned: expect.any(Number) as number });
    expect(trial.compared).toMatchObject([
      { part: "registry", saved: { files: 1 } },
      { part: "files", saved: { files: 1 }, present: { files: 2 } },
    ]);
    expect(trial.compared[0]).not.toHaveProperty("present");
    const [text, place = "", ...networks] = readFileSync(seen, "utf8").trim().split("\n");
    expect([text, place.startsWith(join(site.folder, "backup/.sitewright/trial/")), networks.map((name) => name.trim())]).toEqual([
      "box",
      true,
      ["lo"],
    ]);
    expect([leftOf(site), site.services.running()]).toEqual([[], SERVICES]);
    expect(readFileSync(join(site.folder, "site/inboxes/one.box"), "utf8")).toBe("changed since");
  },
);

test.runIf(isRoot)(
  "a run whose check fails, or whose bytes are damaged, is faulty, and what was restored is removed all the same",
  async () => {
    using site = createBackedUpSite();
    site.writeControlFile({ restore: `check ${SITE} /bin/grep -r nothing ${SITE}` });
    await site.agent("run");
    expect(await trialOf(site)).toMatchObject({ code: 1, state: "faulty", faults: ["the check of site failed: /bin/grep ended with 1"] });
    const packs = join(site.folder, "backup/.sitewright/packs");
    for (const pack of readdirSync(packs)) writeFileSync(join(packs, pack), "damaged");
    expect(await trialOf(site)).toMatchObject({ code: 1, faults: [expect.stringContaining("are missing or damaged")] });
    expect(leftOf(site)).toEqual([]);
  },
);

test.runIf(isRoot)("what a trial that was killed restored is removed by its guardian, which records it", async () => {
  using site = createBackedUpSite();
  const ready = join(site.folder, "ready");
  writeFileSync(join(site.folder, "wait"), `#!/bin/sh\n: > ${ready}\nexec sleep 20\n`, { mode: 0o755 });
  site.writeControlFile({ restore: `check ${SITE} FROM/wait` });
  await site.agent("run");
  const child = spawn(process.execPath, [AGENT, "site-backup", "trial", site.file], {
    env: { ...process.env, ...site.env },
    stdio: "ignore",
  });
  await waitFor("the check", () => existsSync(ready));
  expect(leftOf(site)).toHaveLength(1);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  const [trial] = await waitFor("the guardian", () => {
    const records = recordsOf(site);
    return records[0]?.cleaned === undefined ? undefined : records;
  });
  expect([trial, leftOf(site)]).toMatchObject([{ state: "faulty", faults: ["the trial was ended from outside"] }, []]);
});
