import { AUTOMATIONS, CHANGES, PHASES, type Need, type Task } from "../knowledge.ts";
import { Fields, type DataFile, type Fault } from "./tree.ts";

const FIELDS = [
  "id",
  "phase",
  "when",
  "needs",
  "automation",
  "partly",
  "changes",
  "command",
  "helps",
  "expect",
  "sources",
  "ends",
  "never",
  "numbers",
  "sends",
  "holds",
  "lifts",
  "statesLosses",
];
const ID = /^[A-Z]\d\d$/;

/** Reads `tasks/<ID>.yaml`, and puts the tasks in the order of work: phase by phase, in each by their number. */
export function readTasks(files: readonly DataFile[], faults: Fault[]): Task[] {
  const tasks = files.map((file) => readTask(file, faults));
  return tasks.toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || (a.id < b.id ? -1 : 1));
}

function readTask({ path, root }: DataFile, faults: Fault[]): Task {
  const fields = new Fields(path, root, faults).only(FIELDS);
  const id = fields.needed("id");
  if (!ID.test(id)) fields.fault(fields.lineOf("id"), `"${id}" is no id of a task: write a letter and two digits, as in P01`);
  if (path !== `tasks/${id}.yaml`)
    fields.fault(fields.lineOf("id"), `the file of task ${id} must be tasks/${id}.yaml: rename one of the two`);
  const partly = fields.word("partly", AUTOMATIONS);
  const command = fields.text("command");
  const expect = fields.text("expect");
  const sources = fields.list("sources");
  if (sources.length === 0)
    fields.fault(fields.at.line, "sources is missing or empty: name where this is from, or I where it is our inference");
  if (expect !== undefined && command === undefined)
    fields.fault(fields.lineOf("expect"), "expect without command: name the command that prints it");
  return {
    id,
    phase: fields.neededWord("phase", PHASES),
    when: fields.condition("when"),
    needs: fields.list("needs").map(readNeed),
    automation: fields.neededWord("automation", AUTOMATIONS),
    ...(partly === undefined ? {} : { partly }),
    changes: fields.neededWord("changes", CHANGES),
    ...(command === undefined ? {} : { command }),
    ...(expect === undefined ? {} : { expect }),
    helps: fields.flag("helps"),
    sources,
    ends: fields.flag("ends"),
    never: fields.list("never"),
    numbers: fields.flag("numbers"),
    sends: fields.flag("sends"),
    holds: fields.list("holds"),
    lifts: fields.list("lifts"),
    statesLosses: fields.flag("statesLosses"),
    at: fields.at,
  };
}

/** `P02!` is a need that must apply wherever the task does. */
function readNeed(text: string): Need {
  return text.endsWith("!") ? { id: text.slice(0, -1), firm: true } : { id: text, firm: false };
}
