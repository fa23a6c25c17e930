import { isInside, LONGEST, parseBackupFolder, parsePath, pathText, type BackupPath } from "./backup-path.ts";
import { controlText, readLines, type ControlLine, type RefusedLine } from "./control-lines.ts";
import { readRestoreStep, unloadedOf } from "./read-restore.ts";
import { readStep } from "./read-step.ts";
import { SITE_PARTS, partOf, type BackupStep, type RestoreStep, type SitePart } from "./step.ts";
import { readTokens, type Environment } from "./tokens.ts";

/** What a control file does, with everything resolved. */
export interface ControlPlan {
  /** Everything that is made or replaced lies in it; undefined: no usable one is named. */
  folder?: string;
  /** Code of the site. */
  site?: string;
  tokens: Record<string, string>;
  stop: BackupStep[];
  tasks: BackupStep[];
  start: BackupStep[];
  restore: RestoreStep[];
  /** Lines that are not carried out, in their order. */
  refused: RefusedLine[];
  /** Parts that no line saves. With one of them a backup is partial. */
  missing: SitePart[];
  /** Parts that the file states this site has not. */
  absent: SitePart[];
  /** Services that are stopped and in no line of [Start]: they are started all the same. */
  unstarted: string[];
  /** Targets of dumps that no line of [Restore] loads: such a database cannot be restored in place. */
  unloaded: string[];
  /** Whether it can be run: no line has a fault. */
  ready: boolean;
}

export interface ControlInput {
  /** Of the file. */
  bytes: Uint8Array;
  /** Tokens from outside the file; they replace its own. */
  given?: Environment;
  env?: Environment;
  /** The folder is one that a restore makes in that of the backup. */
  isRestored?: true;
}

const DESTINATION = "BACKUP_DESTINATION";

/** Reads a control file. Nothing of it is carried out. Throws `CONTROL_FILE_INVALID` for what is no control file at all. */
export function planOfControlFile({ bytes, given = {}, env = {}, isRestored }: ControlInput): ControlPlan {
  const { lines, refused } = readLines(controlText(bytes));
  const tokens = readTokens(of("Tokens", lines), given, env);
  refused.push(...tokens.refused);
  const plan: ControlPlan = {
    tokens: Object.fromEntries(tokens.values),
    stop: [],
    tasks: [],
    start: [],
    restore: [],
    refused,
    missing: [],
    absent: [],
    unstarted: [],
    unloaded: [],
    ready: false,
  };
  const site = tokens.values.get("SITE_CODE");
  if (site !== undefined) plan.site = site;
  const fault = (why: string, line = 0, text = "[Tokens]") => void refused.push({ line, text, why, fault: true });
  if (site === undefined || !/^[A-Z0-9]{3}$/.test(site))
    fault(
      `${site === undefined ? "the token SITE_CODE has no value" : `${JSON.stringify(site)} is no code of a site`}: set SITE_CODE to its three characters`,
    );
  // A destination that is faulty is not replaced by the folder above it.
  const named = tokens.values.get(tokens.stated.has(DESTINATION) ? DESTINATION : "BACKUP_DEST_DIR");
  const folder =
    named === undefined
      ? { why: "the token BACKUP_DESTINATION has no value: set it to the folder of the backup" }
      : parseBackupFolder(named);
  if ("why" in folder) fault(folder.why);
  else {
    plan.folder = pathText(folder.value);
    for (const line of lines.filter(({ section }) => section !== "Tokens" && section !== "Restore")) {
      const read = readStep(line, { tokens, folder: folder.value });
      if ("value" in read) stepsOf(plan, line).push({ line: line.number, action: read.value });
      else if ("absent" in read) plan.absent.push(read.absent);
      else refused.push({ line: line.number, text: line.text, why: "why" in read ? read.why : read.leaveOut, fault: "why" in read });
    }
    for (const line of of("Restore", lines)) {
      const read = readRestoreStep(line, { tokens, folder: folder.value, tasks: plan.tasks });
      const twice =
        "value" in read && plan.restore.find(({ action }) => action.kind === read.value.kind && action.target === read.value.target);
      if ("why" in read) refused.push({ line: line.number, text: line.text, why: read.why, fault: true });
      else if (twice)
        refused.push({ line: line.number, text: line.text, why: `line ${twice.line} does the same: take one of them out`, fault: true });
      else plan.restore.push({ line: line.number, action: read.value });
    }
    plan.unloaded = unloadedOf(plan.tasks, plan.restore);
    refused.push(...clashes(plan.tasks, lines));
    if (!isRestored) refused.push(...unrestorable(plan.tasks, lines));
    judge(
      plan,
      lines.some((line) => line.section === "Stop" && !/^sleep\b/i.test(line.text)),
      fault,
    );
  }
  refused.sort((a, b) => a.line - b.line);
  plan.ready = !refused.some((line) => line.fault);
  return plan;
}

function of(section: ControlLine["section"], lines: readonly ControlLine[]): ControlLine[] {
  return lines.filter((line) => line.section === section);
}

function stepsOf(plan: ControlPlan, { section }: ControlLine): BackupStep[] {
  return section === "Stop" ? plan.stop : section === "Tasks" ? plan.tasks : plan.start;
}

/** What would make the whole no snapshot. @param stops Whether a line is there to stop something. */
function judge(plan: ControlPlan, stops: boolean, fault: (why: string) => void): void {
  const saved = new Set(plan.tasks.map(partOf));
  plan.missing = SITE_PARTS.filter((part) => !saved.has(part) && !plan.absent.includes(part));
  for (const part of plan.absent)
    if (saved.has(part)) fault(`a line saves the ${part} which another one states to be absent: take one of them out`);
  const started = new Set(servicesOf(plan.start));
  const stopped = servicesOf(plan.stop);
  plan.unstarted = stopped.filter((name) => !started.has(name));
  if (!stops) fault("nothing is stopped: a snapshot is made while all services of the site are stopped; name them under [Stop]");
}

function servicesOf(steps: readonly BackupStep[]): string[] {
  return [...new Set(steps.flatMap(({ action }) => (action.kind === "service" ? [action.name] : [])))];
}

/** Two lines that write to one place: the later would replace what the earlier saved. */
function clashes(tasks: readonly BackupStep[], lines: readonly ControlLine[]): RefusedLine[] {
  const taken: { line: number; target: BackupPath }[] = [];
  const refused: RefusedLine[] = [];
  for (const { line, action } of tasks) {
    const read = "target" in action ? parsePath(action.target) : undefined;
    if (!read || "why" in read) continue;
    const target = read.value;
    const other = taken.find((one) => isInside(one.target, target) || isInside(target, one.target));
    const text = lines.find(({ number }) => number === line)?.text ?? "";
    if (other)
      refused.push({
        line,
        text,
        why: `${pathText(target)} is in what line ${other.line} writes, or holds it: give each line a place of its own`,
        fault: true,
      });
    else taken.push({ line, target });
  }
  return refused;
}

/** Characters that a restore and a trial put between the folder of the backup and a target. */
const RESTORE_ROOM = 64;

/** Targets that could be written now, and by no restore. */
function unrestorable(tasks: readonly BackupStep[], lines: readonly ControlLine[]): RefusedLine[] {
  return tasks.flatMap(({ line, action }) => {
    if (!("target" in action)) return [];
    const { target } = action;
    const read = parsePath(target);
    const most = "value" in read ? LONGEST[read.value.style] - RESTORE_ROOM : Infinity;
    if (target.length <= most) return [];
    const text = lines.find(({ number }) => number === line)?.text ?? "";
    return [{ line, text, why: `${target} has ${target.length} characters: ${most} at most, or it cannot be restored`, fault: true }];
  });
}

/** The same, with another folder of the backup: what is dumped, loaded and checked lies there. Throws `CONTROL_FILE_INVALID`. */
export function planInFolder(input: ControlInput, folder: string): ControlPlan {
  const { tokens } = planOfControlFile(input);
  const name = Object.hasOwn(tokens, DESTINATION) ? DESTINATION : "BACKUP_DEST_DIR";
  return planOfControlFile({ ...input, given: { ...input.given, [name]: folder }, isRestored: true });
}
