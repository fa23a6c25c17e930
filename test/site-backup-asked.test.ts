import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram, stopProgram, waitFor } from "../scripts/support/programs.ts";
import { createBackedUpSite, SERVICES } from "./support/backed-up-site.ts";
import { startFleet } from "./support/fleet.ts";

interface Listed {
  running?: number;
  runs: { run: string; state: string }[];
}

test("an operator has the site server's backup made through its agent, which names no step of it; others hear why it is not possible", async () => {
  using site = createBackedUpSite();
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap"] }, SRVSEC: { roles: ["cap"] } },
    absent: ["SRVSEC"],
    host: site.host,
  });
  const ask = (verb: string, ...args: string[]) => fleet.sitewright("site-backup", verb, "--system", "SRVABC", ...args);
  expect((await ask("list")).stderr).toContain("NOT_FOUND: SRVABC: no backup service answers");

  const service = await site.serve("--no-schedule");
  const made = await ask("run", "--json");
  expect([made.code, JSON.parse(made.stdout)]).toMatchObject([0, { state: "complete", files: 4 }]);
  expect(site.services.running()).toEqual(SERVICES);

  site.writeControlFile({}, "/bin/false");
  const partial = await ask("run");
  expect([partial.code, partial.stderr]).toEqual([1, expect.stringContaining("is partial")]);
  const listed = await fleet.json<Listed>("site-backup", "list", "--system", "SRVABC");
  expect(listed.runs.map(({ state }) => state)).toEqual(["partial", "complete"]);
  expect((await fleet.sitewright("site-backup", "run", "--system", "SRVSEC")).stderr).toContain("AGENT_UNREACHABLE");

  const { entries } = await fleet.json<{ entries: { kind: string; about: { system?: string } }[] }>("ledger", "list");
  expect(entries.filter(({ kind }) => kind === "site-backup-begun").map(({ about }) => about.system)).toEqual(["SRVABC", "SRVABC"]);
  await stopProgram(service);
});

test("who waits for a backup hears how it ended, although its service was killed meanwhile", async () => {
  using site = createBackedUpSite();
  await using fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } }, host: site.host });
  const [ready, go] = [join(site.folder, "ready"), join(site.folder, "go")];
  writeFileSync(join(site.folder, "wait"), `#!/bin/sh\n: > ${ready}\nuntil [ -e ${go} ]; do sleep 0.1; done\n`, { mode: 0o755 });
  site.writeControlFile({ tasks: "cmd FROM/wait" });
  const service = await site.serve("--no-schedule");
  const asked = fleet.sitewright("site-backup", "run", "--system", "SRVABC");
  await waitFor("the command", () => existsSync(ready));
  service.kill("SIGKILL");
  await once(service, "exit");
  await waitFor("the record of the guardian", async () => (await site.json<object[]>("list")).length === 1);
  writeFileSync(go, "");
  // Nobody answers where the service listened.
  rmSync(site.socket);
  let questions = 0;
  const deaf = createServer((socket) => void ((questions += 1), socket.destroy())).listen(site.socket);
  await waitFor("a question", () => questions > 0);
  deaf.close();
  await once(deaf, "close");
  const next = await site.serve("--no-schedule");
  const { code, stderr } = await asked;
  expect([code, stderr]).toEqual([1, expect.stringContaining("is failed: the run was ended from outside")]);
  await stopProgram(next);
});

test("a site without a complete backup is a warning of its server, which operators see", async () => {
  using site = createBackedUpSite();
  const service = await site.serve("--no-schedule");
  await using fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } }, host: site.host });
  const warnings = await waitFor("the warning", async () => (await fleet.overview()).systems[0]?.warnings);
  expect(warnings).toEqual(["there is no complete backup of this site"]);
  await stopProgram(service);
});

test("the coordinator's own backup is a part of the site's snapshot, and a coordinator is made of what was restored", async () => {
  using site = createBackedUpSite();
  await using fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } }, host: site.host });
  const backup = "BACKUP_DESTINATION/coordinator.backup";
  const program = `"${process.execPath}" "${join(import.meta.dirname, "../packages/coordinator/bin/sitewright.mjs")}"`;
  site.writeControlFile({ tasks: `coordinator ${backup} ${program} backup ${backup} --data-dir ${fleet.dataDir}` });
  const made = JSON.parse((await site.agent("run", ["--json"])).stdout) as { state: string; parts: { part: string }[] };
  expect([made.state, made.parts.map(({ part }) => part)]).toEqual([
    "complete",
    ["database", "registry", "files", "configuration", "coordinator"],
  ]);
  const restored = join(site.folder, "restored");
  await site.agent("restore", ["--to", restored]);
  const folder = join(site.folder, "another");
  const { stdout } = await runProgram("sitewright", ["restore", join(restored, "coordinator.backup"), "--data-dir", folder]);
  expect(stdout).toContain("1 agent known");

  site.writeControlFile({ tasks: `coordinator ${backup} /bin/false` });
  expect((await site.agent("run")).stdout).toContain("partial");
});
