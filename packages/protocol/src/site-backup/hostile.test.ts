import { expect, test } from "vitest";
import { HOSTILE_ENVIRONMENT, HOSTILE_LINES } from "../../test-support/hostile-lines.ts";
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

const P = "BACKUP_DESTINATION";

test.each(HOSTILE_LINES)("%s: a line with %s is refused, and nothing outside the backup is named", (style, _, line) => {
  const plan = planOf(fileOf(TOKENS[style], [line]), HOSTILE_ENVIRONMENT) as ControlPlan;
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
  const plan = planOf(fileOf(["SITE_CODE=ABC", ...tokens], [`file /site ${P}/site`]), HOSTILE_ENVIRONMENT) as ControlPlan;
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
