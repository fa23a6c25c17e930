import type { Finding } from "../../domain/findings.ts";
import type { Run } from "../../domain/run.ts";

/** More systems than this are one command for all that was verified: what is right is left alone anyway. */
const MOST_SYSTEMS = 3;
const MOST_PACKAGES = 5;

/** What an operator types to put these units right. */
export function repairCommands({ options }: Run, wrong: readonly Finding[]): string[] {
  const systems = Map.groupBy(wrong, ({ system }) => system);
  const selections =
    systems.size > MOST_SYSTEMS
      ? [selection({ site: options.sites, system: options.systems, role: options.roles, package: options.packages })]
      : [...systems].map(([system, found]) => selection({ system: [system], ...narrowed(found) }));
  return selections.map((words) => ["sitewright repair", ...words, ...(options.full ? ["--full"] : [])].join(" "));
}

function narrowed(found: readonly Finding[]): { package?: string[]; role?: string[] } {
  const roles = [...new Set(found.map(({ unit }) => unit.role))];
  if (roles.length > 1) return {};
  return roles[0] === "dp" && found.length <= MOST_PACKAGES ? { package: found.map(({ unit }) => unit.name) } : { role: roles };
}

function selection(of: Record<string, readonly string[]>): string[] {
  return Object.entries(of).flatMap(([option, names]) => names.map((name) => `--${option} ${name}`));
}
