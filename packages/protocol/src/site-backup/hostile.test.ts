import { expect, test } from "vitest";
import { SitewrightError } from "../errors.ts";
import { isInside, parsePath, type BackupPath } from "./backup-path.ts";
import { planOfControlFile, type ControlPlan } from "./control-plan.ts";

const TOKENS = {
  posix: ["SITE_CODE=ABC", "BACKUP_DESTINATION=/backup/ABC"],
  windows: ["SITE_CODE=ABC", String.raw`BACKUP_DESTINATION=E:\Backup\ABC`],
};
const r = String.raw;

function fileOf(tokens: readonly string[], tasks: readonly string[]): string {
  return ["[Tokens]", ...tokens, "[Stop]", "service sms", "[Tasks]", ...tasks, "[Start]", "service sms"].join("\r\n");
}

function planOf(text: string | Uint8Array, env: Record<string, string> = {}): ControlPlan | string {
  try {
    return planOfControlFile({ bytes: typeof text === "string" ? new TextEncoder().encode(text) : text, env });
  } catch (error) {
    return SitewrightError.from(error).code;
  }
}

/** Places that the plan would write to or delete. */
function targetsOf({ stop, tasks, start }: ControlPlan): string[] {
  return [...stop, ...tasks, ...start].flatMap(({ action }) => ("target" in action ? [action.target] : []));
}

function pathOf(text: string): BackupPath {
  const read = parsePath(text);
  if ("why" in read) throw new Error(read.why);
  return read.value;
}

const ENV = { EMPTY: "", BLANK: "  ", UP: "..", PARENT: "/backup/ABC/../..", ROOT: "/", HOSTILE: "%SITE_CODE%/..", SystemDrive: "C:" };
const P = "BACKUP_DESTINATION";

/** Lines under [Tasks], each with the paths of a Linux or a Windows machine. */
const LINES: ["posix" | "windows", string, string][] = [
  ["posix", "the folder of the backup itself", `file /site ${P}`],
  ["posix", "its parent", `file /site ${P}/..`],
  ["posix", "a way out and back in", `file /site ${P}/../ABC/x`],
  ["posix", "a neighbour that begins with its name", `file /site ${P}X/site`],
  ["posix", "the root", "file /site /"],
  ["posix", "a system folder", "file /site /etc/site"],
  ["posix", "a relative path", "file /site site"],
  ["posix", "a dot as a name", `file /site ${P}/./x`],
  ["posix", "a backslash in a name", r`file /site BACKUP_DESTINATION/..\..\x`],
  ["posix", "a name of 256 bytes", `file /site ${P}/${"n".repeat(256)}`],
  ["posix", "an overlong path", `file /site ${P}/${"name/".repeat(210)}x`],
  ["posix", "an overlong line", `file /site ${P}/${"x".repeat(3000)}`],
  ["posix", "a device of Windows as a name", `file /site ${P}/nul`],
  ["posix", "a name that ends with a dot", `file /site "${P}/x."`],
  ["posix", "a name that ends with a space", `file /site "${P}/x "`],
  ["posix", "Sitewright's own folder", `file /site ${P}/.sitewright/runs`],
  ["posix", "its own folder in other letters", `file /site ${P}/.Sitewright`],
  ["posix", "a token without a value", "file /site SITE_DB_SERVER_DEST/x"],
  ["posix", "a variable that is not set", "file /site %NOT_SET%/x"],
  ["posix", "an empty variable", `file /site ${P}%EMPTY%/x`],
  ["posix", "a blank variable", "file /site %BLANK%/x"],
  ["posix", "a variable that leads up", `file /site ${P}/%UP%/x`],
  ["posix", "a variable that is a path with a way up", "file /site %PARENT%/x"],
  ["posix", "a variable that is the root", "file /site %ROOT%"],
  ["posix", "a variable in a variable", `file /site ${P}/%HOSTILE%`],
  ["posix", "a lone percent sign", `file /site ${P}/100%`],
  ["posix", "an escaped variable", `file /site ${P}/%%UP%%/../..`],
  ["posix", "a name of a variable with a path", "file /site %../x%"],
  ["posix", "a right-to-left mark", `file /site ${P}/\u202egpj.exe`],
  ["posix", "a space without a width", `file /site ${P}/\u200b../x`],
  ["posix", "a source that holds the backup", `file / ${P}/x`],
  ["posix", "a source above the backup", `file /backup ${P}/x`],
  ["posix", "a source in the backup", `file ${P}/old ${P}/x`],
  ["posix", "a third word", `file /site ${P}/a ${P}/../../b`],
  ["posix", "an open quote", `file /site "${P}/a`],
  ["posix", "a dump beside the backup", "db /var/lib/dump /usr/bin/pg_dump"],
  ["posix", "a report into the system", "machinfo /etc/passwd"],
  ["posix", "a program by its bare name", `db ${P}/dump pg_dump`],
  ["posix", "a program by a way up", `db ${P}/dump /usr/bin/../../evil`],
  ["windows", "a whole drive", r`file D:\SMS E:\ `],
  ["windows", "a drive without a path", r`file D:\SMS E:`],
  ["windows", "a path relative to a drive", r`file D:\SMS E:Backup\ABC\x`],
  ["windows", "another drive", r`file D:\SMS C:\Backup\ABC\x`],
  ["windows", "a share", r`file D:\SMS \\server\share\x`],
  ["windows", "a share in slashes", "file D:\\SMS //server/share/x"],
  ["windows", "a device path", r`file D:\SMS \\?\E:\Backup\ABC\x`],
  ["windows", "a physical disk", r`file D:\SMS \\.\PhysicalDrive0`],
  ["windows", "a way up in slashes", "file D:\\SMS E:/Backup/ABC/../../x"],
  ["windows", "a way up of three dots", r`file D:\SMS E:\Backup\ABC\...\x`],
  ["windows", "a stream of a file", r`file D:\SMS E:\Backup\ABC\x:stream`],
  ["windows", "a short name", r`file D:\SMS E:\Backup\ABC\SITEWR~1\runs`],
  ["windows", "a device with an extension", r`file D:\SMS E:\Backup\ABC\COM1.txt`],
  ["windows", "a wildcard", r`file D:\SMS E:\Backup\ABC\*`],
  ["windows", "a key of another machine", r`reg \\OTHER\HKLM\Software\x E:\Backup\ABC\x`],
  ["windows", "a whole hive", r`reg HKLM E:\Backup\ABC\x`],
  ["windows", "a key that is none", r`reg HKXX\Software E:\Backup\ABC\x`],
  ["windows", "a path of Linux", r`file D:\SMS /backup/ABC/x`],
  ["windows", "a batch file, whose arguments a shell would read", r`cmd C:\tools\x.bat & del E:\ `],
];

test.each(LINES)("%s: a line with %s is refused, and nothing outside the backup is named", (style, _, line) => {
  const plan = planOf(fileOf(TOKENS[style], [line]), ENV) as ControlPlan;
  const folder = pathOf(plan.folder as string);
  expect(plan.refused).toMatchObject([{ line: 7, fault: true }]);
  expect(plan.ready).toBe(false);
  expect(targetsOf(plan).filter((target) => !isInside(pathOf(target), folder))).toEqual([]);
});

/** Values of the token that names the folder. */
const FOLDERS: [string, string[]][] = [
  ["is empty, as in Q275612", ["BACKUP_DESTINATION="]],
  ["is missing", []],
  ["is the root", ["BACKUP_DESTINATION=/"]],
  ["is a drive", ["BACKUP_DESTINATION=C:\\"]],
  ["is a drive and a dot", ["BACKUP_DESTINATION=C:\\."]],
  ["is the folder of Windows", [r`BACKUP_DESTINATION=c:\windows\backup`]],
  ["is in /etc", ["BACKUP_DESTINATION=/etc/backup"]],
  ["is everybody's", ["BACKUP_DESTINATION=/var"]],
  ["leads up", ["BACKUP_DESTINATION=/backup/../etc"]],
  ["is a share", [r`BACKUP_DESTINATION=\\server\backup`]],
  ["uses a token of a later line", ["BACKUP_DESTINATION=BACKUP_DEST_DIR/ABC", "BACKUP_DEST_DIR=/backup"]],
  ["uses itself", ["BACKUP_DESTINATION=BACKUP_DESTINATION/x"]],
  ["is set twice, each time well", ["BACKUP_DESTINATION=/backup/ABC", "BACKUP_DESTINATION=/backup/ABD"]],
  ["is set twice", ["BACKUP_DESTINATION=/backup/ABC", "BACKUP_DESTINATION=/"]],
  ["begins with a variable that is empty", ["BACKUP_DESTINATION=%EMPTY%/ABC"]],
  ["consists of a drive that a token left empty", ["BACKUP_DEST_DIR=", r`BACKUP_DESTINATION=BACKUP_DEST_DIR\ABC`]],
];

test.each(FOLDERS)("a backup whose folder %s has no step at all", (_, tokens) => {
  const plan = planOf(fileOf(["SITE_CODE=ABC", ...tokens], [`file /site ${P}/site`]), ENV) as ControlPlan;
  expect(plan).toMatchObject({ ready: false, stop: [], tasks: [], start: [] });
});

const good = fileOf(TOKENS.posix, [`file /site ${P}/site`]);
const FILES: [string, string | Uint8Array][] = [
  ["in UTF-16", Uint8Array.from(Buffer.from(`\ufeff${good}`, "utf16le"))],
  ["in UTF-16 without a mark", Uint8Array.from(Buffer.from(good, "utf16le"))],
  ["with an overlong slash", Uint8Array.from(Buffer.from(good.replace("/site\r", "\u00c0\u00af\r"), "latin1"))],
  ["with a NUL in a path", good.replace(`${P}/site`, `${P}/site\0/../../etc`)],
  ["of another code page", Uint8Array.from(Buffer.from(good.replace("/site\r", "/s\u00efte\r"), "latin1"))],
  ["without [Start]", good.replace("[Start]", "[Tasks2]")],
  ["with [Tasks] before [Stop]", good.replace("[Stop]", "[X]").replace("[Tasks]", "[Stop]").replace("[X]", "[Tasks]")],
  ["with two [Tasks]", good.replace("[Start]", "[Tasks]")],
  ["too large", good + "#".repeat(300_000)],
];

test.each(FILES)("a file %s is no control file", (_, text) => {
  expect(planOf(text)).toBe("CONTROL_FILE_INVALID");
});

test("a line that uses a token whose own line is faulty is refused too, and so is one that uses a token before it is set", () => {
  const plan = planOf(fileOf([...TOKENS.posix, "EARLY=LATE/x", "LATE=", "PLAIN="], [`file /site/PLAIN ${P}/x`])) as ControlPlan;
  expect(plan.refused.map(({ line }) => line)).toEqual([4, 5, 6, 10]);
});

test("two lines that write to one place, or one into the other, are refused", () => {
  for (const second of ["site", "site/in", "SITE"]) {
    const plan = planOf(fileOf(TOKENS.windows, [r`file D:\SMS BACKUP_DESTINATION\site`, `machinfo ${P}\\${second}`])) as ControlPlan;
    expect(plan.refused).toMatchObject([{ line: 8, fault: true }]);
  }
});
