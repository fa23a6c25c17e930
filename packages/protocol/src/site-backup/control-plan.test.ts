import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planInFolder, planOfControlFile } from "./control-plan.ts";

const SAMPLES = join(import.meta.dirname, "../../../../docs/samples");
const planOf = (text: string, given = {}, env = {}) => planOfControlFile({ bytes: new TextEncoder().encode(text), given, env });
const sample = (name: string) => readFileSync(join(SAMPLES, name), "utf8");
const small = (tokens: string, tasks: string, stop = "service sms") =>
  planOf(`[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=/backup/ABC\n${tokens}\n[Stop]\n${stop}\n[Tasks]\n${tasks}\n[Start]\nservice sms\n`);

test("the sample for Linux is ready and saves all four parts", () => {
  const plan = planOf(sample("site-backup-linux.ctl"));
  expect(plan).toMatchObject({ ready: true, site: "ABC", folder: "/var/backups/sites/ABC", missing: [], refused: [], unstarted: [] });
});

test("the sample in the form of SMS 2.0 is ready; what it switched off and its rmdir are left out with a reason", () => {
  const plan = planOf(sample("smsbkup.ctl"), {}, { SystemDrive: "C:" });
  expect(plan).toMatchObject({ ready: true, folder: String.raw`E:\SMSBackup\ABC`, missing: [] });
  expect(plan.refused.map(({ text, fault }) => [text.split(" ")[0], fault])).toEqual([
    ["rmdir", false],
    ["meteringdbdump", false],
  ]);
  expect(plan.stop[0]?.action).toEqual({ kind: "service", name: "SMS_SITE_COMPONENT_MANAGER", to: "stop" });
  expect(plan.tasks[1]?.action).toMatchObject({ key: String.raw`HKEY_LOCAL_MACHINE\Software\Microsoft\SMS` });
});

test("a token of the example of Q275612 is set although a comment stands above it and a tab before it", () => {
  const { tokens } = small("# Set Variables:\n\tSITE_SERVER_DEST=BACKUP_DESTINATION/SiteServer", "");
  expect(tokens).toMatchObject({ SITE_SERVER_DEST: "/backup/ABC/SiteServer" });
});

test("a value from outside replaces that of the file, also where other tokens use it", () => {
  const plan = planOf(sample("site-backup-linux.ctl"), { SITE_CODE: "XYZ" });
  expect(plan).toMatchObject({ site: "XYZ", folder: "/var/backups/sites/XYZ", ready: true });
  const left = planOf(sample("site-backup-linux.ctl").replace("SITE_CODE = ABC", "SITE_CODE ="), { SITE_CODE: "XYZ" });
  expect(left).toEqual(plan);
});

test("a value with spaces or quotes remains one word", () => {
  const { tasks } = small('NAME=a "b" c', "cmd /bin/echo NAME%%");
  expect(tasks[0]?.action).toEqual({ kind: "command", words: ["/bin/echo", 'a "b" c%'] });
});

test("a value that reads like a token is inserted as it is", () => {
  const text = "[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=/backup\nOTHER=%WORD%\n[Stop]\n[Tasks]\ncmd /bin/echo OTHER\n[Start]";
  const { tasks } = planOf(text, {}, { WORD: "SITE_CODE %SITE_CODE%" });
  expect(tasks[0]?.action).toEqual({ kind: "command", words: ["/bin/echo", "SITE_CODE %SITE_CODE%"] });
});

test("the parts that no line saves are named, and a stated absence of the database counts as none missing", () => {
  expect(small("", "file /site BACKUP_DESTINATION/site").missing).toEqual(["database", "registry", "configuration"]);
  expect(small("", "absent database")).toMatchObject({ missing: ["files", "registry", "configuration"], absent: ["database"] });
});

test("a file that stops nothing is refused, because what it saves would be no snapshot", () => {
  for (const stop of ["", "sleep 1"])
    expect(small("", "file /site BACKUP_DESTINATION/site", stop)).toMatchObject({ ready: false, refused: [{ line: 0, fault: true }] });
  expect(small("", "file /site BACKUP_DESTINATION/site", "cmd /usr/bin/docker stop sms").ready).toBe(true);
});

test("a service that is stopped and in no line of [Start] is named", () => {
  expect(small("", "", "service sms\nservice other").unstarted).toEqual(["other"]);
});

test("a verb in the wrong section, an unknown one and one without its words are refused with what to write", () => {
  const { refused } = small(
    "",
    "service sms\nfiel /a BACKUP_DESTINATION/a\nfile /a\nsleep long",
    "reg /a BACKUP_DESTINATION/a\nservice sms",
  );
  expect(refused.map(({ why }) => why)).toEqual([
    expect.stringContaining("not under [Stop]"),
    expect.stringContaining("[Stop] or [Start]"),
    'there is no verb "fiel": did you mean file?',
    expect.stringContaining("write file SOURCE TARGET"),
    expect.stringContaining("write sleep SECONDS"),
  ]);
});

test("a service of another machine is refused, one of the site server itself is not", () => {
  const stop = String.raw`service \\OTHER\sms`;
  expect(small("SITE_SERVER=SRVABC", "", stop).refused).toMatchObject([{ line: 6, fault: true }]);
  expect(small("SITE_SERVER=OTHER", "", stop).ready).toBe(true);
});

const DUMP = "BACKUP_DESTINATION/site.dump";
const withRestore = (restore: string) =>
  planOf(
    `[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=/backup/ABC\n[Stop]\nservice sms\n[Tasks]\ndb ${DUMP} /bin/dump\nfile /site BACKUP_DESTINATION/site\n[Start]\n[Restore]\n${restore}\n`,
  );

test("a line of [Restore] says how a dump is loaded or checked; dumps that no line loads are named", () => {
  expect(withRestore(`db ${DUMP} /bin/load ${DUMP}\ncheck BACKUP_DESTINATION/site /bin/look BACKUP_DESTINATION/site`)).toMatchObject({
    ready: true,
    unloaded: [],
    restore: [
      { line: 11, action: { kind: "load", target: "/backup/ABC/site.dump", words: ["/bin/load", "/backup/ABC/site.dump"] } },
      { line: 12, action: { kind: "check", target: "/backup/ABC/site" } },
    ],
  });
  expect(withRestore("")).toMatchObject({ ready: true, unloaded: ["/backup/ABC/site.dump"], restore: [] });
});

test.each([
  ["another target than one of [Tasks]", "db BACKUP_DESTINATION/other /bin/load"],
  ["a target outside the backup", "db /site /bin/load"],
  ["a folder of the site as a database", "db BACKUP_DESTINATION/site /bin/load"],
  ["a program without its path", `check ${DUMP} look`],
  ["no program", `db ${DUMP}`],
  ["a verb of another section", "service sms"],
  ["a token without a value", `db ${DUMP} /bin/load %NOTHING%`],
  ["the same line twice", `db ${DUMP} /bin/load\ndb ${DUMP} /bin/load`],
])("a line of [Restore] with %s is refused", (_, line) => {
  expect(withRestore(line)).toMatchObject({ ready: false, refused: [{ fault: true }] });
});

test("the backup of a coordinator is a further part, which replaces none of the four and is loaded by no command", () => {
  const backup = "BACKUP_DESTINATION/coordinator.backup";
  const plan = small("", `coordinator ${backup} /usr/bin/sitewright backup ${backup}`);
  expect(plan).toMatchObject({ missing: ["database", "files", "registry", "configuration"], unloaded: [] });
  expect(plan.tasks[0]?.action).toMatchObject({ kind: "dump", part: "coordinator", target: "/backup/ABC/coordinator.backup" });
});

test("the same file with another folder of the backup names everything in that one", () => {
  const bytes = new TextEncoder().encode(sample("site-backup-linux.ctl"));
  const { tasks, restore, ready } = planInFolder({ bytes }, "/elsewhere");
  const targets = [...tasks, ...restore].flatMap(({ action }) => ("target" in action ? [action.target] : []));
  expect([ready, targets.length > 4, targets.every((target) => target.startsWith("/elsewhere/"))]).toEqual([true, true, true]);
});

test("a target that is too long for a restore on Windows is refused before a backup is made", () => {
  const planWith = (name: string) =>
    planOf(
      `[Tokens]\nSITE_CODE=ABC\nBACKUP_DESTINATION=E:\\Backup\\ABC\n[Stop]\nservice sms\n[Tasks]\nfile D:\\SMS BACKUP_DESTINATION\\${name}\n[Start]\n`,
    );
  expect(planWith("n".repeat(162)).ready).toBe(true);
  expect(planWith("n".repeat(163))).toMatchObject({
    ready: false,
    refused: [{ line: 7, why: expect.stringContaining("restored"), fault: true }],
  });
});
