import { closestName, SitewrightError } from "@sitewright/protocol";
import type { Command, Option } from "commander";
import { parse } from "yaml";
import { readBoundedSync, UnfitFile } from "./bounded-file.ts";

/** Bytes; a service's settings take a few hundred. */
const MOST = 65_536;

/**
 * Adds `--config`: a YAML file of the command's other options by name, such as `data-dir: /var/lib/sitewright`; a repeatable one takes a
 * list, and `no-peers: true` is written like that. Arguments and the environment override it. The command throws `BAD_REQUEST`, which
 * names file and key, before it does anything.
 */
export function withConfigFile(command: Command): Command {
  command.option("--config <file>", "YAML file with the other options by name; arguments and the environment override it");
  command.on("option:config", (file: string) => {
    for (const [key, value] of Object.entries(readSettings(file))) {
      const option = command.options.find(({ long }) => long === `--${key}` && key !== "config");
      if (!option) throw new SitewrightError("BAD_REQUEST", `${file}: ${unknownKey(key, command)}`);
      apply(command, option, checked(`${file}: ${key}`, value, option));
    }
  });
  return command;
}

function readSettings(file: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = parse(readBoundedSync(file, MOST).toString("utf8"), { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    const why = error instanceof UnfitFile ? `it ${error.message}` : error instanceof Error ? error.message : String(error);
    throw new SitewrightError("BAD_REQUEST", `the settings in ${file} cannot be read: ${why}`, { path: file, cause: error });
  }
  if (typeof settings !== "object" || Array.isArray(settings))
    throw new SitewrightError("BAD_REQUEST", `${file} must hold one 'name: value' in each line`, { path: file });
  return settings as Record<string, unknown>;
}

function unknownKey(key: string, command: Command): string {
  const names = command.options.flatMap(({ long }) => (long && long !== "--config" ? [long.slice("--".length)] : []));
  const near = closestName(key, names);
  return `'${key}' is not a setting: ${near ? `did you mean '${near}'?` : `it can hold ${names.join(", ")}`}`;
}

/** What the command line would hold: text, a list of it, or whether a switch is given. */
function checked(what: string, value: unknown, option: Option): string | string[] | boolean {
  if (!option.required) {
    if (typeof value === "boolean") return value;
    throw new SitewrightError("BAD_REQUEST", `${what} must be true or false`);
  }
  const isText = (one: unknown): boolean => typeof one === "string" || typeof one === "number";
  if (isText(value)) return option.parseArg ? [String(value)] : String(value);
  if (Array.isArray(value) && value.every(isText) && option.parseArg) return value.map(String);
  throw new SitewrightError("BAD_REQUEST", `${what} must be ${option.parseArg ? "text or a list of texts" : "text"}`);
}

/** What arguments and the environment gave stays. */
function apply(command: Command, option: Option, value: string | string[] | boolean): void {
  const name = option.attributeName();
  if (["cli", "env"].includes(command.getOptionValueSource(name) ?? "") || value === false) return;
  command.setOptionValueWithSource(name, option.negate ? false : value, "config");
}
