import { terminalLine } from "@sitewright/protocol";
import type { BackupStep, ControlPlan, RefusedLine, StepAction } from "@sitewright/protocol/site-backup";

/** Every step of a control file, as it would be carried out. */
export function renderControlPlan(plan: ControlPlan): string {
  const { folder, site, stop, tasks, start } = plan;
  const lines = [
    `Site    ${site ?? "?"}`,
    `Folder  ${folder ?? "?"}  (everything that is made or replaced lies in it)`,
    ...section("Stop", stop),
    ...section("Tasks", tasks),
    ...section("Start, always, also after a failure", start),
    ...restoreSection(plan),
  ];
  const [faults, leftOut] = [true, false].map((fault) => plan.refused.filter((line) => line.fault === fault)) as [
    RefusedLine[],
    RefusedLine[],
  ];
  if (leftOut.length > 0) lines.push("", "Left out", ...leftOut.map(renderRefused));
  for (const part of plan.absent) lines.push("", `The file states that this site has no ${part}.`);
  if (plan.missing.length > 0)
    lines.push("", `No line saves: ${plan.missing.join(", ")}. A backup without that is partial, and restores no site.`);
  if (plan.unstarted.length > 0)
    lines.push("", `No line of [Start] starts ${plan.unstarted.join(", ")}: what ran before is started all the same.`);
  if (faults.length > 0) lines.push("", "Refused", ...faults.map(renderRefused));
  return lines.map((line) => terminalLine(line)).join("\n");
}

function section(head: string, steps: readonly BackupStep[]): string[] {
  return [
    "",
    head,
    ...(steps.length === 0 ? ["     -  nothing"] : steps.map(({ line, action }) => `${String(line).padStart(6)}  ${sayAction(action)}`)),
  ];
}

function renderRefused({ line, text, why }: RefusedLine): string {
  return `${String(line).padStart(6)}  ${text}: ${why}`;
}

/** What 'restore --in-place' would do after [Stop], and leave stopped. */
function restoreSection({ folder = "", tasks, restore, unloaded }: ControlPlan): string[] {
  const lines = tasks.flatMap(({ line, action }): [number, string][] => {
    if (action.kind === "copy") return [[line, `move ${action.source} aside, put ${below(folder, action.target)} of the run there`]];
    if (action.kind === "export") return [[line, `save the key ${action.key} aside, import ${below(folder, action.target)} of the run`]];
    return [];
  });
  const commands = restore.map(({ line, action }): [number, string] => [
    line,
    action.kind === "load"
      ? `save the present database aside by the command of its line db, run ${sayWords(action.words)}`
      : `check ${below(folder, action.target)} of the run: run ${sayWords(action.words)}`,
  ]);
  const faults = unloaded.map((target) => `        no line of [Restore] loads ${target}: 'restore --in-place' is refused`);
  return ["", "Restore in place", ...[...commands, ...lines].map(([line, what]) => `${String(line).padStart(6)}  ${what}`), ...faults];
}

function below(folder: string, target: string): string {
  return target.slice(folder.length + 1);
}

/** One step in words. */
function sayAction(action: StepAction): string {
  switch (action.kind) {
    case "service":
      return `${action.to} the service ${action.name}`;
    case "sleep":
      return `wait ${action.seconds} s`;
    case "command":
      return `run ${sayWords(action.words)}`;
    case "copy":
      return `save ${action.source} as ${action.target} (${action.part})`;
    case "export":
      return `save the key ${action.key} as ${action.target} (${action.part})`;
    case "dump":
      return `remove ${action.target}, run ${sayWords(action.words)}, save what it wrote there (${action.part})`;
    case "report":
      return `save a report of this machine as ${action.target} (${action.part})`;
  }
}

function sayWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./\\:=@%+,-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`)).join(" ");
}
