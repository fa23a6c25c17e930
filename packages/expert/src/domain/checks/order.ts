import type { Knowledge, Task } from "../knowledge.ts";
import type { Fault } from "../read/tree.ts";

/** Rules that need no case: needs, holds, numbers before sending, what Sitewright may do by itself, sources. */
export function checkOrder({ tasks, sources }: Knowledge): Fault[] {
  const position = new Map(tasks.map(({ id }, index) => [id, index]));
  const sourceIds = new Set(sources.map(({ id }) => id));
  const used = new Set(tasks.flatMap((task) => task.sources));
  const faults = tasks.flatMap((task, index) => [
    ...needFaults(task, index, position),
    ...task.never.filter((id) => !position.has(id)).map((id) => fault(task, `it names ${id}, which is no task: correct "never"`)),
    ...task.sources
      .filter((id) => !sourceIds.has(id))
      .map((id) => fault(task, `the source "${id}" is not in sources.yaml: describe it there, or name another`)),
  ]);
  return [
    ...faults,
    ...sources.filter(({ id }) => !used.has(id)).map(({ id, at }) => ({ ...at, message: `no task has the source "${id}": leave it out` })),
    ...numbersFaults(tasks),
    ...holdFaults(tasks),
    ...tasks
      .filter(({ automation, changes }) => automation === "A" && changes === "lasting")
      .map((task) => fault(task, `Sitewright does it by itself and it cannot be taken back: make it "automation: C"`)),
    ...(tasks.some(({ statesLosses }) => statesLosses)
      ? []
      : [{ file: "list.yaml", line: 1, message: 'no task states the losses: give one "statesLosses: true"' }]),
  ];
}

function needFaults(task: Task, index: number, position: ReadonlyMap<string, number>): Fault[] {
  return task.needs.flatMap(({ id }) => {
    const at = position.get(id);
    if (at === undefined) return [fault(task, `it needs ${id}, which is no task: correct "needs"`)];
    return at < index
      ? []
      : [fault(task, `it needs ${id}, which comes later or is the task itself: change the need or the number of one of them`)];
  });
}

/** Anything sent with a number that is raised afterwards would be refused, or would overwrite what is newer. */
function numbersFaults(tasks: readonly Task[]): Fault[] {
  const firstSender = tasks.findIndex(({ sends }) => sends);
  if (firstSender === -1) return [];
  return tasks
    .slice(firstSender)
    .filter(({ numbers }) => numbers)
    .map((task) => fault(task, `it raises numbers after ${tasks[firstSender]?.id ?? ""} has sent: give it a lower number`));
}

function holdFaults(tasks: readonly Task[]): Fault[] {
  const held = new Set(tasks.flatMap(({ holds }) => holds));
  const lifted = new Set(tasks.flatMap(({ lifts }) => lifts));
  return tasks.flatMap((task) => [
    ...task.holds
      .filter((hold) => !lifted.has(hold))
      .map((hold) => fault(task, `no task lifts the hold "${hold}": name it in "lifts" of one`)),
    ...task.lifts
      .filter((hold) => !held.has(hold))
      .map((hold) => fault(task, `no task sets the hold "${hold}" that it lifts: correct "lifts"`)),
  ]);
}

function fault({ id, at }: Task, message: string): Fault {
  return { ...at, message: `${id}: ${message}` };
}
