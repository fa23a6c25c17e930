import { beforeAll, expect, test } from "vitest";
import { planOfControlFile, type BackupStep, type ControlPlan } from "@sitewright/protocol/site-backup";
import { readPowerShell, type PowerShell } from "@sitewright/testkit/powershell";
import { argumentOf, renderPs1, renderPs1Hooks } from "./ps1-script.ts";

let powerShell: PowerShell;
beforeAll(async () => {
  powerShell = await readPowerShell();
});
const literalsOf = (script: string) => powerShell.literalsOf(script);

const HOSTILE = [
  "it's",
  "'; Stop-Computer; '",
  "$(Stop-Computer)",
  "$env:TEMP",
  "`n`$x",
  "\u2018both\u2019",
  "\u2019; Stop-Computer; \u2018",
  "\u201a\u201b\u2019'\u2018",
  "\u201csmart\u201d \u201e",
  "\u2013Force \u2014 \u2015",
  'say "so"',
  'a\\"b\\\\"',
  "C:\\ends in\\",
  "--%",
  "-Force",
  "@(1)",
  "{0} #no comment <# #>",
  "%",
  "*[a]?",
  "&|<>^;",
  "",
  "trailing ",
];

/** As a word of a control file. */
const word = (text: string) => `"${text.replaceAll('"', '""').replaceAll("%", "%%")}"`;
/** As names of Windows can be. */
const NAME = "O'Brien \u2018a\u2019 \u201ab\u201b $(x) $env `n \u201cc\u201d \u2013d @{e} [f] &g;";

const TEXT = `[Tokens]
SITE_CODE=ABC
BACKUP_DESTINATION=E:\\${NAME}\\ABC
[Stop]
service MSSQL$SMS
sleep 5
cmd "C:\\${NAME}\\stop.exe" ${HOSTILE.map(word).join(" ")}
[Tasks]
db "BACKUP_DESTINATION\\${NAME}.bak" "C:\\${NAME}\\dump.exe" ${HOSTILE.map(word).join(" ")}
reg "HKLM\\Software\\${NAME} ""q"" /y" BACKUP_DESTINATION\\sms.reg
reg "D:\\${NAME}" BACKUP_DESTINATION\\settings
file "D:\\SMS ${NAME}" "BACKUP_DESTINATION\\site ${NAME}"
machinfo "BACKUP_DESTINATION\\${NAME}.txt"
coordinator BACKUP_DESTINATION\\coordinator.backup C:\\tools\\sitewright.exe ${HOSTILE.map(word).join(" ")}
sleep 0
cmd C:\\tools\\after.exe
[Start]
cmd "C:\\${NAME}\\start.exe" ${HOSTILE.map(word).join(" ")}
service MSSQL$SMS
`;

/** What the literals of a step have to mean. */
function meaningOf({ action }: BackupStep): string[] {
  const command = ([program = "", ...words]: readonly string[]) => [program, words.map(argumentOf).join(" ")];
  switch (action.kind) {
    case "service":
      return [action.name];
    case "sleep":
      return [];
    case "command":
      return command(action.words);
    case "copy":
      return [action.part, action.source, action.target];
    case "dump":
      return [action.target, ...command(action.words)];
    case "report":
      return [action.target];
    case "export":
      return [action.target, ["export", action.key, action.target, "/y"].map(argumentOf).join(" ")];
  }
}

function planOf(): ControlPlan {
  const plan = planOfControlFile({ bytes: Buffer.from(TEXT) });
  // No control file can say this.
  for (const { action } of plan.tasks) if ("words" in action) action.words.push("two\r\nlines", "one\nmore");
  return plan;
}

const ORIGIN = { file: "it's \u2018a\u2019 \u2028$(file)\n`.ctl", digest: "0".repeat(64) };
const FOREIGN = "# PowerShell\n$x = @(\"a\", 'b')\nif ($x -eq 1) { Get-Item -LiteralPath 'c' }\n";

test("a script for PowerShell of a control file with all kinds of lines and hostile names is PowerShell, and each literal is exactly what was given", () => {
  const plan = planOf();
  expect([plan.refused, plan.ready, plan.tasks.length]).toEqual([[], true, 8]);
  const targets = plan.tasks.flatMap(({ action }) => ("target" in action ? [action.target] : []));
  const literals = literalsOf(renderPs1(plan, ORIGIN)) ?? [];
  const [own = 0] = [...literals.keys()].filter((at) => literals[at] === "yyyy-MM-ddTHH:mm:ssZ");
  expect(literals.slice(0, own)).toEqual(["Stop", "ABC", ORIGIN.digest, "", plan.folder, ...targets]);
  const steps = [...plan.start.flatMap(meaningOf), ...plan.stop.flatMap(meaningOf), "all-stopped", ...plan.tasks.flatMap(meaningOf)];
  expect(literals.slice(-steps.length)).toEqual(steps);
});

test("the hooks for PowerShell are PowerShell too, and name the same places", () => {
  const plan = planOf();
  const { before, after } = renderPs1Hooks(plan, ORIGIN);
  const sources = plan.tasks.flatMap(({ action }) => (action.kind === "copy" ? [action.source] : []));
  const [first, last] = [literalsOf(before) ?? [], literalsOf(after) ?? []];
  expect(sources.map((source) => [first.includes(source), last.includes(source)])).toEqual(sources.map(() => [true, false]));
  expect(last.slice(-3)).toEqual(plan.start.flatMap(meaningOf));
});

test("the scripts for PowerShell close the folder of the backup to other accounts before anything is locked, stopped or written there", () => {
  const plan = planOf();
  const { before, after } = renderPs1Hooks(plan, ORIGIN);
  for (const script of [renderPs1(plan, ORIGIN), before, after]) {
    const [closing = "", claiming = ""] = ["Close-Folder", "Claim"].map((name) => powerShell.functionIn(script, name));
    const [at = -1, end = -1] = ["icacls.exe", "$LASTEXITCODE -ne 0"].map((part) => closing.indexOf(part));
    expect([at > 0, end > at, closing.slice(end).includes("exit 1")]).toEqual([true, true, true]);
    expect(literalsOf(closing)).toEqual(["S-1-5-18", "S-1-5-32-544", "*", ":(OI)(CI)F"]);
    expect(claiming.indexOf("Close-Folder")).toBeGreaterThan(claiming.indexOf("ReparsePoint"));
    expect(claiming.indexOf("Close-Folder")).toBeLessThan(claiming.indexOf("lock"));
  }
});

test("the grammar by which that is judged refuses what is no PowerShell, such as a name with a quote that is not doubled", () => {
  expect(literalsOf(FOREIGN)).toEqual(["b", "c"]);
  const script = renderPs1(planOf(), ORIGIN);
  expect(literalsOf(script.replace("it''s", "it's"))).toBeUndefined();
  expect(literalsOf(script.replace("\u2019\u2019; Stop-Computer", "\u2019; Stop-Computer"))).toBeUndefined();
  expect(literalsOf(script.replace("finally {", "finally {{"))).toBeUndefined();
});
