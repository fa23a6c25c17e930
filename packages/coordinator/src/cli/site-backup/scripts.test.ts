import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { planOfControlFile } from "@sitewright/protocol/site-backup";
import { argumentOf, renderPs1, renderPs1Hooks } from "./ps1-script.ts";
import { quote } from "./sh-script.ts";

const HOSTILE = ["'; touch /x; '", "$(id)", "`id`", "a\\", 'a"b', "", "-rf", "*"];

test("a shell reads each quoted word back as it was", () => {
  const { stdout } = spawnSync("/bin/sh", ["-c", `printf '%s\\0' ${HOSTILE.map(quote).join(" ")}`], { encoding: "utf8" });
  expect(stdout.split("\0").slice(0, -1)).toEqual(HOSTILE);
});

test.each([
  ["plain", "plain"],
  ["two words", '"two words"'],
  ["", '""'],
  ['say "x"', String.raw`"say \"x\""`],
  [String.raw`C:\a b\ `.trim(), String.raw`"C:\a b\\"`],
  [String.raw`a\"b`, String.raw`"a\\\"b"`],
  [String.raw`C:\a\b`, String.raw`C:\a\b`],
])("the argument %s is written for a program of Windows as %s", (word, expected) => {
  expect(argumentOf(word)).toBe(expected);
});

const text = String.raw`[Tokens]
SITE_CODE=ABC
BACKUP_DESTINATION=E:\Back'up\ABC
[Stop]
service SMS_EXECUTIVE
[Tasks]
db BACKUP_DESTINATION\db.bak C:\tools\dump.exe "it's one"
file D:\SMS BACKUP_DESTINATION\site
[Start]
service SMS_EXECUTIVE
`;

test("the script for PowerShell stops, saves and starts in the order of the file, with no quote left open", () => {
  const plan = planOfControlFile({ bytes: Buffer.from(text) });
  const origin = { file: "site.ctl", digest: "0".repeat(64) };
  const script = renderPs1(plan, origin);
  const steps = [
    "Stop-One 5 'SMS_EXECUTIVE'",
    "Note 'all-stopped'",
    `Dump 7 database 'E:\\Back''up\\ABC\\db.bak' 'C:\\tools\\dump.exe' '"it''s one"'`,
    "Copy-Part 8 'files' 'D:\\SMS' 'E:\\Back''up\\ABC\\site'",
    "  Still-Stopped",
    "finally { Start-All }",
  ];
  expect(steps.map((step) => script.lastIndexOf(step))).toEqual(steps.map((step) => script.lastIndexOf(step)).toSorted((a, b) => a - b));
  expect(steps.filter((step) => !script.includes(step))).toEqual([]);
  const { before, after } = renderPs1Hooks(plan, origin);
  expect([before.includes("Copy-Part 8"), before.includes("Saved 8 'files' (Now) 'D:\\SMS'"), after.includes("Stop-One 5")]).toEqual([
    false,
    true,
    false,
  ]);
});
