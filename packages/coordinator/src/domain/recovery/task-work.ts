import { ROLES, RUN_KINDS, type RunKind, type RunTotals, plural } from "@sitewright/protocol";
import type { Run, RunOptions } from "../runs/run.ts";

/** What Sitewright does for a task: the command of the task, as a use case. */
export type TaskWork =
  | { kind: "run"; run: RunKind; options: Partial<RunOptions> }
  | { kind: "open-recovery" | "report-recovery" | "plan-serials" | "raise-serials" | "check-numbers" | "find-missing" | "find-objects" }
  | { kind: "check-parent"; child: string; parent: string }
  | { kind: "list-site-backups"; system: string }
  | { kind: "plan-deletion"; site: string };

/** How a task is done by its list. */
export interface WorkRules {
  automation: string;
  command?: string;
  /** The command only helps: a person does the task. */
  helps: boolean;
}

/** Names that a person fills in, in the form in which commands have them: `<SYSTEM>`. */
const PLACE = /<([A-Z]+)>/g;

/** What Sitewright offers to do for a task. */
export interface TaskOffer {
  /** Names that a person has to say first. */
  asks: string[];
  /** Only after a confirmation. */
  confirms: boolean;
  /** What it finds is evidence: a person closes the task. */
  helps: boolean;
}

/** Undefined where Sitewright can do nothing by itself. */
export function offerOf({ automation, command, helps }: WorkRules): TaskOffer | undefined {
  const work = command === undefined || (automation !== "A" && automation !== "C") ? undefined : workOf(command);
  if (!work) return undefined;
  const asks = [...new Set([...(command ?? "").matchAll(PLACE)].map(([, name = ""]) => name))];
  return { asks, confirms: automation === "C" && doesChange(work), helps };
}

/** What only looks needs no confirmation, whatever a person does with it afterwards. */
function doesChange(work: TaskWork): boolean {
  return work.kind === "run" ? RUN_KINDS[work.run].changesUnits : work.kind === "raise-serials";
}

/** The command as a person would type it while the recovery is open: without that it would wait for the end of the quarantine. */
export function commandIn(command: string, site: string): string {
  const work = workOf(command);
  return work?.kind === "run" && doesChange(work) ? `${command} --recovery ${site}` : command;
}

/** The use case of a command; undefined: there is none. @param given What a person said, by the name of its place. */
export function workOf(command: string, given: Readonly<Record<string, string>> = {}): TaskWork | undefined {
  const [program, ...words] = command.split(" ");
  if (program !== "sitewright") return undefined;
  const first = words.findIndex((word) => word.startsWith("--"));
  const verb = words.slice(0, first < 0 ? words.length : first);
  const options = optionsIn(first < 0 ? [] : words.slice(first), given);
  const [child, parent, site, system] = ["child", "parent", "site", "system"].map((name) => options.get(name));
  switch (verb.slice(0, 2).join(" ")) {
    case "recovery start":
      return { kind: "open-recovery" };
    case "recovery report":
      return { kind: "report-recovery" };
    case "repair-serials":
      return { kind: options.has("apply") ? "raise-serials" : "plan-serials" };
    case "repair-objects":
      return { kind: "find-objects" };
    case "site list":
      return { kind: "check-numbers" };
    case "source list":
      return { kind: "find-missing" };
    case "site-backup list":
      return system === undefined ? undefined : { kind: "list-site-backups", system };
    case "hierarchy delete":
      return site === undefined ? undefined : { kind: "plan-deletion", site };
    case "hierarchy check":
      return child !== undefined && parent !== undefined ? { kind: "check-parent", child, parent } : undefined;
  }
  const run = verb.length === 1 ? (verb[0] ?? "") : "";
  return isRunKind(run) ? { kind: "run", run, options: runOptionsIn(options) } : undefined;
}

function isRunKind(word: string): word is RunKind {
  return Object.hasOwn(RUN_KINDS, word);
}

/** `--site ABC --full`: by name, without a value where none follows. What a person said is a value, whatever it looks like. */
function optionsIn(words: readonly string[], given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const filled = (word: string): string => word.replace(PLACE, (place, name: string) => given[name] ?? place);
  return new Map(
    words.flatMap((word, index) => {
      const value = words[index + 1] ?? "";
      return word.startsWith("--") ? [[word.slice(2), value.startsWith("--") ? "" : filled(value)] as const] : [];
    }),
  );
}

function runOptionsIn(options: ReadonlyMap<string, string>): Partial<RunOptions> {
  const [site, system] = [options.get("site"), options.get("system")];
  const roles = ROLES.filter((role) => role === options.get("role"));
  const most = options.get("max-unavailable");
  return {
    ...(site === undefined ? {} : { sites: [site] }),
    ...(system === undefined ? {} : { systems: [system] }),
    ...(roles.length === 0 ? {} : { roles }),
    ...(most === undefined ? {} : { maxUnavailable: Number(most) }),
    ...(options.has("full") ? { full: true } : {}),
    ...(options.has("all") ? { all: true } : {}),
  };
}

/** How what was done is taken back; undefined: it cannot be, or nothing changed. */
export function undoOf(work: TaskWork, site: string): string | undefined {
  if (work.kind === "raise-serials") return `sitewright repair-serials --site ${site} --undo`;
  if (work.kind !== "run" || !RUN_KINDS[work.run].canBeUndone) return undefined;
  const { sites = [], systems = [], roles = [] } = work.options;
  const filters = Object.entries({ site: sites, system: systems, role: roles });
  const named = filters.flatMap(([name, values]) => values.map((value) => `--${name} ${value}`));
  return commandIn(["sitewright undo", ...named].join(" "), site);
}

/** What the end of a run shows, as the evidence of the task that ordered it. */
export function evidenceOf({ id, kind, state, error }: Run, totals: RunTotals): string {
  const { units, done, unneeded, different, failed, cancelled, skipped, wireBytes, unreachable } = totals;
  const ended = done + unneeded;
  const counts = {
    [ended === 1 ? "step done" : "steps done"]: ended,
    "not right": different,
    failed: failed - different,
    cancelled,
    skipped,
  };
  const words = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const sent = RUN_KINDS[kind].rollsOut ? [`${plural(wireBytes, "byte")} sent`] : [];
  const away = unreachable.length > 0 ? [`not reached: ${unreachable.join(", ")}`] : [];
  const faults = error ? [`${error.code}: ${error.message}`] : [];
  return `${kind} ${id} is ${state}: ${[plural(units, "unit"), ...words, ...sent, ...away, ...faults].join(", ")}`;
}
