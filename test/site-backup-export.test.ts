import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceManager, type ServiceManager } from "@sitewright/testkit/service-manager";
import { runProgram, waitFor } from "../scripts/support/programs.ts";

let folder: string;
let services: ServiceManager;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-export-"));
  services = createServiceManager(join(folder, "services"), ["executive", "manager"]);
  env = { ...process.env, PATH: `${services.bin}${delimiter}${process.env.PATH}` };
  mkdirSync(join(folder, "site/inboxes"), { recursive: true });
  mkdirSync(join(folder, "settings"));
  writeFileSync(join(folder, "site/inboxes/it's one.box"), "box");
  writeFileSync(join(folder, "site/odd\\name\nof a file"), "odd");
  writeFileSync(join(folder, "settings/site.conf"), "code=ABC");
  writeFileSync(join(folder, "rows"), "rows of the database");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function controlFile(dump = `/bin/cp FROM/rows BACKUP_DESTINATION/database/site.dump`): string {
  const file = join(folder, "site.ctl");
  const lines = [
    `[Tokens]\nSITE_CODE=ABC\nFROM=${folder}\nBACKUP_DESTINATION=${folder}/backup`,
    "[Stop]\nservice executive\nservice manager",
    `[Tasks]\ndb BACKUP_DESTINATION/database/site.dump ${dump}`,
    "reg FROM/settings BACKUP_DESTINATION/settings\nfile FROM/site BACKUP_DESTINATION/site\nmachinfo BACKUP_DESTINATION/machine.txt",
    "[Start]\nservice manager\nservice executive\n",
  ];
  writeFileSync(file, lines.join("\n"));
  return file;
}

async function exported(kind: "sh" | "hooks", file = controlFile()): Promise<string> {
  const to = join(folder, "scripts");
  const { code, stderr } = await runProgram("sitewright", ["site-backup", "export", file, "--as", kind, "--to", to]);
  expect([code, stderr]).toEqual([0, ""]);
  return to;
}

const runScript = (path: string) => spawnSync(path, { env, encoding: "utf8" });
const check = async (...args: string[]) => {
  const { code, stdout, stderr } = await runProgram("sitewright", ["site-backup", "check", ...args, "--json"]);
  return { code, stderr, ...(JSON.parse(stdout) as { snapshot: boolean; faults: { code: string }[]; run: string; files: number }) };
};
const codesOf = ({ faults }: { faults: { code: string }[] }) => [...new Set(faults.map(({ code }) => code))];

test("the exported script makes one snapshot of all four parts, and the services run again", async () => {
  const script = join(await exported("sh"), "site-backup.sh");
  const { status, stderr } = runScript(script);
  expect([stderr, status]).toEqual(["", 0]);
  expect(services.running()).toEqual(["executive", "manager"]);
  expect(await check(join(folder, "backup"))).toMatchObject({ code: 0, snapshot: true, faults: [], files: 5 });
});

test("a second run keeps the first backup, and a failed one leaves it as it was", async () => {
  const script = join(await exported("sh"), "site-backup.sh");
  runScript(script);
  const first = await check(join(folder, "backup"));
  writeFileSync(join(folder, "site/new"), "new");
  runScript(script);
  const previous = join(folder, "backup/.sitewright/export/previous");
  expect(readFileSync(join(previous, ".sitewright/export/result"), "utf8")).toContain(first.run);
  expect(existsSync(join(previous, "site/new"))).toBe(false);
  expect(existsSync(join(folder, "backup/site/new"))).toBe(true);
  const failing = join(await exported("sh", controlFile("/bin/false")), "site-backup.sh");
  expect(runScript(failing).status).toBe(1);
  expect(existsSync(join(previous, "site/new"))).toBe(true);
  expect(runScript(failing).status).toBe(1);
  expect(existsSync(join(previous, "site/new"))).toBe(true);
  expect(codesOf(await check(join(folder, "backup")))).toEqual(["unfinished", "not-stopped", "part-missing"]);
});

test("a run that was killed while it moved the last backup aside is continued, and nothing of that backup is lost", async () => {
  const script = join(await exported("sh"), "site-backup.sh");
  runScript(script);
  const own = join(folder, "backup/.sitewright/export");
  // What lies there between two moves.
  mkdirSync(join(own, "previous"));
  renameSync(join(folder, "backup/database"), join(own, "previous/database"));
  writeFileSync(join(own, "moving"), "");
  expect(runScript(script).status).toBe(0);
  for (const place of ["database/site.dump", "site", "settings", ".sitewright/export/result"])
    expect([place, existsSync(join(own, "previous", place)), existsSync(join(folder, "backup", place))]).toEqual([place, true, true]);
});

test("a service that cannot be stopped ends the run before anything is saved, and all services run", async () => {
  services.refuseStop("manager");
  const script = join(await exported("sh"), "site-backup.sh");
  const { status, stderr } = runScript(script);
  expect([status, stderr]).toEqual([1, expect.stringContaining("the service manager cannot be stopped")]);
  expect(services.running()).toEqual(["executive", "manager"]);
  expect(existsSync(join(folder, "backup/site"))).toBe(false);
});

test("a script that is killed leaves the services to its next run, which starts them even if it fails itself", async () => {
  const script = join(await exported("sh", controlFile("/bin/sleep 600")), "site-backup.sh");
  const child = spawn(script, { env, stdio: "ignore", detached: true });
  const ended = once(child, "exit");
  await waitFor("the dump", () => services.running().length === 0 && existsSync(join(folder, "backup/database")));
  // The dump too: it holds the lock.
  process.kill(-(child.pid as number), "SIGKILL");
  await ended;
  expect(services.running()).toEqual([]);
  services.refuseStop("executive");
  expect(runScript(join(await exported("sh"), "site-backup.sh")).status).toBe(1);
  expect(services.running()).toEqual(["executive", "manager"]);
});

test("a second script does not begin while one runs, and starts nothing", async () => {
  const script = join(await exported("sh", controlFile("/bin/sleep 600")), "site-backup.sh");
  const child = spawn(script, { env, stdio: "ignore", detached: true });
  const ended = once(child, "exit");
  await waitFor("the dump", () => existsSync(join(folder, "backup/database")));
  const second = runScript(script);
  const running = services.running();
  process.kill(-(child.pid as number), "SIGKILL");
  await ended;
  expect([second.status, second.stderr, running]).toEqual([1, expect.stringContaining("another backup of this site runs"), []]);
});

test("a changed file, a file that is gone, a part of another run and a service that was started meanwhile are each found", async () => {
  const script = join(await exported("sh"), "site-backup.sh");
  const backup = join(folder, "backup");
  runScript(script);
  cpSync(backup, join(folder, "first"), { recursive: true });
  writeFileSync(join(folder, "rows"), "later rows");
  runScript(script);
  const copy = join(folder, "copy");
  const spoilt = async (spoil: () => void) => {
    rmSync(copy, { recursive: true, force: true });
    cpSync(backup, copy, { recursive: true });
    spoil();
    return codesOf(await check(copy));
  };
  const record = join(copy, ".sitewright/export/result");
  expect(await spoilt(() => undefined)).toEqual([]);
  expect(await spoilt(() => writeFileSync(join(copy, "site/inboxes/it's one.box"), "bax"))).toEqual(["changed"]);
  expect(await spoilt(() => rmSync(join(copy, "settings/site.conf")))).toEqual(["absent"]);
  expect(await spoilt(() => cpSync(join(folder, "first/database"), join(copy, "database"), { recursive: true }))).toEqual(["changed"]);
  const [line] = readFileSync(join(folder, "first/.sitewright/export/result"), "utf8").match(/.*\tpart\tdatabase.*\n/) ?? [];
  const swapped = () => {
    cpSync(join(folder, "first/database"), join(copy, "database"), { recursive: true });
    writeFileSync(record, readFileSync(record, "utf8").replace(/.*\tpart\tdatabase.*\n/, line as string));
  };
  expect(await spoilt(swapped)).toEqual(["other-run", "part-missing"]);
  const never = () => writeFileSync(record, readFileSync(record, "utf8").replace(/.*\tstill-stopped\t.*\n/, ""));
  expect(await spoilt(never)).toEqual(["not-stopped"]);
});

test("a tool that runs the hooks before and after saves one snapshot, and one that skips a folder does not", async () => {
  const to = await exported("hooks");
  expect(runScript(join(to, "before.sh")).status).toBe(0);
  expect(services.running()).toEqual([]);
  const restored = join(folder, "restored");
  for (const name of ["site", "settings"]) cpSync(join(folder, name), join(restored, folder, name), { recursive: true });
  expect(runScript(join(to, "after.sh")).status).toBe(0);
  expect(services.running()).toEqual(["executive", "manager"]);
  cpSync(join(folder, "backup"), join(restored, folder, "backup"), { recursive: true });
  const result = join(restored, folder, "backup");
  expect(await check(result, "--root", restored)).toMatchObject({ code: 0, snapshot: true });
  renameSync(join(restored, folder, "site"), join(restored, "moved"));
  expect(codesOf(await check(result, "--root", restored))).toEqual(["absent"]);
});
