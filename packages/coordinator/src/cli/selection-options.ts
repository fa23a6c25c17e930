import type { Command } from "commander";
import { ROLES, SitewrightError, type Role } from "@sitewright/protocol";
import type { RunOptions } from "../domain/run.ts";

export interface CommonOptions {
  url?: string;
  dataDir?: string;
  ca?: string;
  json?: boolean;
}

export interface SelectionOptions extends CommonOptions {
  site: string[];
  system: string[];
  role: string[];
  package: string[];
}

const collect = (value: string, all: string[]) => [...all, value];

/** What every verb takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--url <url>", "the coordinator (SITEWRIGHT_URL; default http://127.0.0.1:7400)")
    .option("--data-dir <folder>", "its data folder, on its own machine (SITEWRIGHT_DATA_DIR)")
    .option("--ca <file>", "its CA certificate, from another machine (SITEWRIGHT_CA)")
    .option("--json", "one JSON document on standard output, everything else on standard error");
}

/** What the verbs that act on units take. */
export function withSelection(command: Command): Command {
  return withCommonOptions(command)
    .option("--site <code>", "only systems of this site (repeatable)", collect, [])
    .option("--system <name>", "only this system (repeatable)", collect, [])
    .option("--role <role>", "only cap, logon-point or dp (repeatable)", collect, [])
    .option("--package <id>", "only this package (repeatable)", collect, []);
}

export function selectionOf(options: SelectionOptions): Pick<RunOptions, "sites" | "systems" | "roles" | "packages"> {
  return { sites: options.site, systems: options.system, roles: options.role.map(parseRole), packages: options.package };
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new SitewrightError("BAD_REQUEST", `--role ${text} is unknown: write ${ROLES.join(", ")}`);
  return role;
}

/** A whole number from `least` on; throws `BAD_REQUEST` naming the option. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least)
      throw new SitewrightError("BAD_REQUEST", `${option} ${text} is no whole number from ${least} on`);
    return number;
  };
}
