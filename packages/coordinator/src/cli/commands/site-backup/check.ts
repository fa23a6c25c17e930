import type { Command } from "commander";
import { SitewrightError, terminalLine, plural } from "@sitewright/protocol";
import { print } from "@sitewright/node-kit/output";
import { renderTable } from "../../render/table.ts";
import { checkResult, type CheckedResult } from "../../site-backup/check-result.ts";

/** Faults that are listed one by one. */
const SHOWN = 20;

/** site-backup check: whether what an exported script made is one snapshot. */
export function addCheck(siteBackup: Command): void {
  siteBackup
    .command("check")
    .argument("<result>", "the folder of the backup, or a copy of it that another tool restored")
    .description("read what exported scripts made, and say whether it is one snapshot of all four parts; only reads")
    .option("--root <folder>", "where a tool that ran the hooks restored the site's own folders to (default: their own places)")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .helpOption("-h, --help", "this text")
    .action(async (result: string, { root, json }: { root?: string; json?: true }) => {
      const checked = await checkResult(result, root === undefined ? {} : { root });
      print(json ? JSON.stringify({ ...checked, snapshot: checked.faults.length === 0 }) : renderChecked(checked));
      const [first] = checked.faults;
      if (first)
        throw new SitewrightError("NOT_A_SNAPSHOT", `${result} is not one snapshot (${first.code}): ${first.why}; make another backup`, {
          path: result,
        });
    });
}

function renderChecked({ run, site, parts, faults, files }: CheckedResult): string {
  const table = renderTable(
    [
      { head: "part", value: ({ part }) => part },
      { head: "place", value: ({ place }) => place },
    ],
    parts,
  );
  const listed = faults.slice(0, SHOWN).map(({ code, why }) => `  ${code}: ${why}`);
  if (faults.length > SHOWN) listed.push(`  and ${faults.length - SHOWN} more`);
  const verdict =
    faults.length === 0
      ? `one snapshot of all parts, made while everything was stopped; ${plural(files, "file has", "files have")} the bytes that were saved`
      : `not one snapshot:\n${listed.map((line) => terminalLine(line)).join("\n")}`;
  return `Run ${run} of the site ${site}\n${table}\n\n${verdict}`;
}
