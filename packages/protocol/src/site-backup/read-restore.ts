import { parseTarget, pathText, type BackupPath } from "./backup-path.ts";
import type { ControlLine } from "./control-lines.ts";
import { programOf, splitWords } from "./read-step.ts";
import type { BackupStep, RestoreAction } from "./step.ts";
import type { Read, TokenTable } from "./tokens.ts";

/** What a line of [Restore] is read with. */
export interface RestoreReading {
  tokens: TokenTable;
  folder: BackupPath;
  /** Lines of [Tasks], which say what there is to restore. */
  tasks: readonly BackupStep[];
}

const FORMS: Record<string, string> = { db: "db TARGET PROGRAM ARGUMENTS", check: "check TARGET PROGRAM ARGUMENTS" };

/** `db`: how a dump is loaded again. `check`: how something restored is read, without changing anything. */
export function readRestoreStep({ text }: ControlLine, { tokens, folder, tasks }: RestoreReading): Read<RestoreAction> {
  const [verb = ""] = text.split(/\s/, 1);
  const name = verb.toLowerCase();
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (form === undefined)
    return { why: `${JSON.stringify(verb)} does not belong under [Restore]: write ${Object.values(FORMS).join(" or ")}` };
  const words = splitWords(text.slice(verb.length).trim(), tokens);
  if ("why" in words) return words;
  const [to = "", ...command] = words.value;
  if (command.length === 0) return { why: `write ${form}; a path with spaces stands between double quotes` };
  const read = parseTarget(to, folder);
  if ("why" in read) return read;
  const target = pathText(read.value);
  const saved = tasks.find(({ action }) => "target" in action && action.target === target)?.action;
  if (!saved) return { why: `no line of [Tasks] saves ${target}: name the target of one` };
  if (name === "db" && (saved.kind !== "dump" || saved.part !== "database"))
    return { why: `${target} is no dump of a database: only the target of a line db is loaded by a command` };
  const program = programOf(command);
  return "why" in program ? program : { value: { kind: name === "db" ? "load" : "check", target, words: program.value } };
}

/** Targets of dumps that no line of [Restore] loads. */
export function unloadedOf(tasks: readonly BackupStep[], restore: readonly { action: RestoreAction }[]): string[] {
  const loaded = new Set(restore.flatMap(({ action }) => (action.kind === "load" ? [action.target] : [])));
  return tasks.flatMap(({ action }) =>
    action.kind === "dump" && action.part === "database" && !loaded.has(action.target) ? [action.target] : [],
  );
}
