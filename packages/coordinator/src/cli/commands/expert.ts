import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { ExpertOptions } from "../expert/run-expert.ts";

const NOTE = `
Needs no coordinator, no Redis and no network. The file holds an answer for each question that is asked, as YAML or JSON:
  { "trigger": "hardware", "siteType": "primary", "lost": ["siteServer"], ... }
Every question may be answered with unknown. What is missing, or not asked, is refused by name. Without --answers, a terminal is asked.`;

/** The recovery expert: from what happened to the ordered list of what to do. */
export function addExpert(program: Command): void {
  program
    .command("expert")
    .description("what to do after a site or site systems were lost: asks what happened, and lists every task in order")
    .option("--answers <file>", "read the answers from a file instead of asking; - is standard input")
    .option("--all", "every task in the data, with the condition under which it applies")
    .optionsGroup("Output:")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .option("--html <file>", "one self-contained file for a browser and a printer, in every language")
    .option("--print", "the whole list as text, with blanks for name, time and result")
    .option("--lang <code>", "language of the list: en or de", "en")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", NOTE)
    .action(async (options: ExpertOptions) => {
      checkOptions(options);
      // Loaded only when needed: no other verb uses it.
      const { runExpert } = await import("../expert/run-expert.ts");
      await runExpert(options);
    });
}

function checkOptions({ answers, all, json, html, print }: ExpertOptions): void {
  const outputs = [json ? "--json" : "", html === undefined ? "" : "--html", print ? "--print" : ""].filter((name) => name !== "");
  if (outputs.length > 1) throw new SitewrightError("BAD_REQUEST", `${outputs.join(" and ")} exclude each other: choose one of them`);
  if (all && answers !== undefined)
    throw new SitewrightError("BAD_REQUEST", "--all lists every task and uses no answers: leave out --all or --answers");
  if (!all && answers === undefined && !process.stdin.isTTY)
    throw new SitewrightError(
      "BAD_REQUEST",
      "there is no terminal to ask questions on: name a file with --answers, or list every task with --all",
    );
}
