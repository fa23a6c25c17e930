import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { argumentOf } from "../../packages/coordinator/src/cli/site-backup/ps1-script.ts";
import { stopProgram, waitFor } from "../../scripts/support/programs.ts";
import { createWindowsSite, SERVICES, type WindowsSite } from "../support/windows/backed-up-site.ts";
import { contents } from "../support/windows/contents.ts";
import { NODE, runOnWindows, seen, startClient } from "../support/windows/host.ts";

interface Run {
  run: string;
  state: string;
  faults: string[];
  parts: { part: string; target: string }[];
}

interface Restored {
  id: string;
  run: string;
  state: string;
  places: { part: string; place?: string; kept?: string }[];
}

const DEEP = Array.from({ length: 8 }, (_, i) => `a folder with a rather long name, number ${i}, äöü`).join("/");
const FILES: Record<string, string> = {
  "inboxes/one.box": "box",
  [`${DEEP}/and a file.txt`]: "far down",
  "Кириллица/%PATH% ^ & (1).txt": "odd",
  "read only.ini": "fixed",
};
const [STOPPED, STARTED] = [
  ["stop executive", "stop manager"],
  ["start manager", "start executive"],
];

let site: WindowsSite;
beforeAll(async () => {
  site = await createWindowsSite();
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(site.folder, "site", path)), { recursive: true });
    writeFileSync(join(site.folder, "site", path), text);
  }
  utimesSync(join(site.folder, "site/inboxes/one.box"), 1e9, 1e9);
  chmodSync(join(site.folder, "site/read only.ini"), 0o444);
  writeFileSync(join(site.folder, "rows.txt"), "rows of the database");
  await site.importKeys([
    String.raw`[KEY\SMS]`,
    String.raw`@="the default"`,
    String.raw`"Installation Directory"="C:\\SMS äöü \"quoted\""`,
    String.raw`[KEY\SMS\Components\Über]`,
    `"Number"=dword:0000002a`,
    `"Bytes"=hex:00,ff,10`,
    `"Several"=hex(7):61,00,00,00,62,00,00,00,00,00`,
    String.raw`[KEY\NAL]`,
    `"Servers"="SRVABC"`,
  ]);
});
afterAll(() => site?.[Symbol.asyncDispose]());

/** All that a restore replaces. */
async function stateOf() {
  return {
    files: contents(join(site.folder, "site")),
    keys: await site.keys(),
    rows: readFileSync(join(site.folder, "rows.txt"), "utf8"),
  };
}

test("a run on Windows stops the services in the order of the file, saves files, keys and all, and starts them again", async () => {
  const run = await site.json<Run>("run");
  expect(run).toMatchObject({ state: "complete", faults: [] });
  expect(run.parts.map(({ part }) => part)).toEqual(["database", "registry", "registry", "files", "configuration"]);
  expect(site.happened()).toEqual([...STOPPED, "saved", ...STARTED]);
  const restored = join(site.folder, "restored");
  expect((await site.agent("restore", "--to", seen(restored))).code).toBe(0);
  expect(contents(join(restored, "site"))).toEqual(contents(join(site.folder, "site")));
  const [time, mode] = ["inboxes/one.box", "read only.ini"].map((path) => statSync(join(restored, "site", path)));
  expect([time?.mtimeMs, (mode?.mode ?? 0) & 0o222]).toEqual([1e12, 0]);
  const exported = ["sms.dat", "nal.dat"].map((name) => readFileSync(join(restored, "registry", name), "utf16le"));
  expect(exported).toEqual([expect.stringContaining('"Number"=dword:0000002a'), expect.stringContaining('"Servers"="SRVABC"')]);
  expect(JSON.parse(readFileSync(join(restored, "machine.json"), "utf8"))).toMatchObject({ system: expect.stringMatching(/^Windows/) });
});

test("a trial on Windows restores a run where nobody uses it, runs its checks, and leaves nothing of it", async () => {
  expect((await site.agent("trial")).said).toContain("write --network");
  expect(await site.agent("trial", "--network")).toMatchObject({ code: 0, said: expect.stringContaining("site.dump: succeeded") });
  expect(readdirSync(join(site.folder, "backup/.sitewright/trial"))).toEqual([]);
  expect(site.happened()).toEqual([]);
});

test("a restore in place on Windows replaces folders and keys, holds the services until the release, and an undo brings back what was there", async () => {
  const saved = await stateOf();
  await site.importKeys([
    `[-KEY\\NAL]`,
    `[KEY\\SMS\\Made since]`,
    `"Number"=dword:1`,
    `[KEY\\SMS]`,
    `"Installation Directory"="E:\\\\SMS"`,
  ]);
  writeFileSync(join(site.folder, "site/inboxes/one.box"), "changed");
  rmSync(join(site.folder, "site/Кириллица"), { recursive: true });
  writeFileSync(join(site.folder, "rows.txt"), "other rows");
  const present = await stateOf();
  expect(present.keys).not.toContain("NAL");

  const restored = await site.json<Restored>("restore", "--in-place");
  expect([restored.state, await stateOf(), site.happened()]).toEqual(["restored", saved, STOPPED]);
  const kept = restored.places.find(({ part }) => part === "files")?.kept as string;
  const before = join(site.folder, kept.slice(seen(site.folder).length + 1));
  expect(contents(before)).toEqual(present.files);
  // A restart of the machine does not start them either.
  expect([await site.startType("executive"), await site.startType("manager")]).toEqual([3, 3]);
  expect((await site.agent("release")).code).toBe(0);
  expect([site.happened(), await site.startType("executive"), await site.startType("manager")]).toEqual([STARTED, 2, 2]);
  expect(await site.json<Restored>("restore", "--undo")).toMatchObject({ id: restored.id, state: "undone" });
  expect([await stateOf(), site.happened()]).toEqual([present, [...STOPPED, ...STARTED]]);
  expect(existsSync(before)).toBe(false);
  await site.importKeys(["[KEY\\NAL]"]);
});

test("a folder of the site that a program of Windows works in is not replaced, and everything is put back", async () => {
  const before = await stateOf();
  site.writeControlFile([]);
  await using program = await startClient("enter", join(site.folder, "site"));
  const { code, said } = await site.agent("restore", "--in-place");
  expect([code, said]).toEqual([1, expect.stringMatching(/FOLDER_IN_USE.*: everything is as it was before/)]);
  await program.end();
  expect(await stateOf()).toEqual(before);
});

test("a service that cannot be stopped, or is not there, and a file that is open exclusively leave a run on Windows without a snapshot, and the services running", async () => {
  site.writeControlFile([...site.services, "sitewright-nobody"], site.services.toReversed());
  expect(await site.json<Run>("run")).toMatchObject({ state: "failed", faults: [expect.stringContaining("there is no such service")] });
  site.writeControlFile([]);
  // One that did not change is not even opened.
  writeFileSync(join(site.folder, "site/inboxes/one.box"), "changed once more");
  await using program = await startClient("hold", join(site.folder, "site/inboxes/one.box"));
  expect(await site.json<Run>("run")).toMatchObject({ state: "partial", faults: [expect.stringMatching(/^line \d+: .*one\.box/)] });
  await program.end();
  site.writeControlFile();
  expect(site.happened()).toEqual(["saved"]);
  site.mark("manager", "stays");
  const run = await site.json<Run>("run");
  expect(run).toMatchObject({ state: "failed", faults: [expect.stringMatching(/^line \d+: .*does not let itself be stopped/)] });
  expect(site.happened()).toEqual(["stop executive", "start executive"]);
  site.unmark("manager", "stays");
});

test("where a run on Windows is killed while a service stops, its guardian waits for that and starts all of them, and the snapshot before is whole", async () => {
  site.mark("manager", "slow");
  const records = join(site.folder, "backup/.sitewright/runs");
  const known = readdirSync(records).filter((name) => name.endsWith(".json")).length;
  const run = site.start("run");
  await waitFor("the run to stop the executive", () => site.happened().includes("stop executive") || undefined);
  await waitFor("the manager to be asked", async () => (await site.sc("manager", "query")).includes("STOP_PENDING") || undefined);
  run.kill("SIGKILL");
  await once(run, "exit");
  // Time for the guardian to begin.
  await sleep(3000);
  site.unmark("manager", "slow");
  await waitFor("the run to be recorded", () => readdirSync(records).filter((name) => name.endsWith(".json")).length > known || undefined);
  expect(site.happened()).toEqual(["stop manager", ...STARTED]);
  await site.running();
  const [failed, ...before] = await site.json<Run[]>("list");
  expect(failed).toMatchObject({ state: "failed", faults: [expect.stringContaining("ended from outside")] });
  const whole = before.find(({ state }) => state === "complete");
  expect(await site.json<object>("verify")).toMatchObject({ run: whole?.run, good: 8, bad: [] });
});

test("after a power cut on Windows what a run left stopped is started by recover", async () => {
  const services = site.services;
  const owed = { run: "20261129T010203Z-00000000", until: 0, services, start: [] };
  writeFileSync(join(site.folder, "backup/.sitewright/owed.json"), JSON.stringify(owed), { mode: 0o600 });
  for (const service of SERVICES) await site.sc(service, "stop");
  await waitFor("the services to stop", () => site.happened().length > 0 || undefined);
  expect(await site.agent("recover")).toMatchObject({ code: 0, said: "the services were started\n" });
  await site.running();
});

test("a control file on Windows that others may write is refused, whoever owns it", async () => {
  chmodSync(join(site.folder, "site.ctl"), 0o666); // which Wine shows as a list
  expect(await site.agent("run")).toMatchObject({
    code: 1,
    said: expect.stringMatching(/CONTROL_FILE_UNSAFE: .* can be written by others/),
  });
  site.writeControlFile();
});

test("a service that makes backups on Windows answers the agent over its pipe, whose halves cannot be closed one by one", async () => {
  const pipe = String.raw`\\.\pipe\sitewright-tests-site-backup`;
  const serving = site.start("serve", "--no-schedule", "--socket", pipe);
  await waitFor("the backup service", () => site.started().includes("backups of the site are served") || undefined);
  // As the agent asks; and one that is gone before the answer.
  const script = `
    const { connect } = require("node:net");
    const ask = (then) => { const one = connect(process.argv[1]); one.on("error", () => {}); one.write("status\\n", () => then(one)); };
    ask((one) => { one.destroy(); ask((two) => two.on("data", (data) => { process.stdout.write(data); two.destroy(); })); });`;
  const { said } = await runOnWindows(NODE, ["-e", script, "--", pipe], join(site.folder, "asked.log"));
  expect(JSON.parse(said)).toMatchObject({ alerts: [], runs: expect.arrayContaining([expect.objectContaining({ state: "complete" })]) });
  await stopProgram(serving, 0);
});

test("the words of a script for PowerShell arrive at a program of Windows as they were given", async () => {
  const words = ["it's", "two words", 'say "so"', 'a\\"b\\\\"', "C:\\ends in\\", "", "%PATH% ^ & | <>", "\u2019 äöü", "*"];
  const line = ["-e", "process.stdout.write(JSON.stringify(process.argv.slice(1)))", "--", ...words].map(argumentOf).join(" ");
  const script = `process.stdout.write(require("node:child_process").spawnSync(process.execPath, [process.argv[1]], { windowsVerbatimArguments: true }).stdout)`;
  const { said } = await runOnWindows(NODE, ["-e", script, "--", line], join(site.folder, "words.log"));
  expect(JSON.parse(said)).toEqual(words);
});
