import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import { LARGEST_CONTROL_FILE, planOfControlFile, type ControlPlan } from "@sitewright/protocol/site-backup";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { collect } from "../../selection-options.ts";

export interface TokenOptions {
  set?: string[];
}

export function withTokens(command: Command): Command {
  return command.option("--set <NAME=value>", "value of a token, in place of that in the file (may be repeated)", collect);
}

/** Throws `CONTROL_FILE_INVALID`. */
export function readControlFile(file: string, { set = [] }: TokenOptions): ControlPlan {
  const given = Object.fromEntries(
    set.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new SitewrightError("BAD_REQUEST", `--set ${text} is not understood: write NAME=value`);
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
  let bytes: Uint8Array;
  try {
    bytes = readBoundedSync(file, LARGEST_CONTROL_FILE);
  } catch (cause) {
    throw new SitewrightError("CONTROL_FILE_INVALID", `${file} cannot be read: ${(cause as Error).message}`, { path: file, cause });
  }
  return planOfControlFile({ bytes, given, env: process.env });
}

/** Throws `CONTROL_FILE_INVALID` unless the file can be run. */
export function requireReady(file: string, plan: ControlPlan): void {
  const faults = plan.refused.filter(({ fault }) => fault);
  const [first] = faults;
  if (!first) return;
  const where = first.line > 0 ? `${file}:${first.line}` : file;
  const more = faults.length > 1 ? `; ${faults.length - 1} more: 'sitewright site-backup plan ${file}' shows all` : "";
  throw new SitewrightError("CONTROL_FILE_INVALID", `${where}: ${first.why}${more}`, { path: file });
}
