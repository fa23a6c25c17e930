import type { Command } from "commander";
import { ROLES, SitewrightError, type Role } from "@sitewright/protocol";
import type { RunOptions } from "@sitewright/protocol/api";

export interface CommonOptions {
  url?: string;
  dataDir?: string;
  ca?: string;
  json?: boolean;
}

export interface SelectionOptions extends CommonOptions {
  site?: string[];
  system?: string[];
  role?: string[];
  package?: string[];
}

/** For options that may be repeated. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** Options of every verb; to be added after the verb's own. */
export function withCommonOptions(command: Command): Command {
  return command
    .optionsGroup("Where the coordinator is:")
    .option("--url <url>", "its address (or SITEWRIGHT_URL; found automatically on its own machine)")
    .option("--data-dir <folder>", "its data folder, on its own machine (or SITEWRIGHT_DATA_DIR)")
    .option("--ca <file>", "its CA certificate, from another machine (or SITEWRIGHT_CA)")
    .optionsGroup("Output:")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .helpOption("-h, --help", "this text");
}

const SELECTION = {
  site: ["--site <code>", "of systems of this site"],
  system: ["--system <name>", "of this system"],
  role: ["--role <role>", "of this role: cap, logon-point or dp"],
  package: ["--package <id>", "this package"],
} as const;

/** Options of the verbs that act on units: all of these, unless some are named. */
export function withSelection(command: Command, by = Object.keys(SELECTION) as (keyof typeof SELECTION)[]): Command {
  command.optionsGroup("Which units (each may be repeated):");
  for (const one of by) {
    const [flags, description] = SELECTION[one];
    command.option(flags, description, collect);
  }
  return command.optionsGroup("How:");
}

export function selectionOf(options: SelectionOptions): Pick<RunOptions, "sites" | "systems" | "roles" | "packages"> {
  const { site = [], system = [], role = [], package: packages = [] } = options;
  return { sites: site, systems: system, roles: role.map(parseRole), packages };
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new SitewrightError("BAD_REQUEST", `--role ${text} is unknown: write ${ROLES.join(", ")}`);
  return role;
}

/** A whole number of at least `least`; throws `BAD_REQUEST` naming the option. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least)
      throw new SitewrightError("BAD_REQUEST", `${option} ${text} is not a whole number of at least ${least}`);
    return number;
  };
}
