import { CAP_FOLDERS, isErrorCode, unitKey, type Generation, type OwnedPath, type TaskKind, type Unit } from "@sitewright/protocol";
import { addressPath } from "./address-path.ts";
import type { Assignment, Hierarchy } from "./hierarchy.ts";
import { rank } from "./rank.ts";
import type { Phase, Run } from "./run.ts";

/** What the index knows of a unit. */
export interface UnitFacts {
  manifest: string;
  manifestBytes: number;
  files: number;
  sourceBytes: number;
  packedBytes: number;
  sourceVersion: number;
}

/** Why a unit cannot be worked on. */
export interface LeftOut {
  leftOut: { code: string; message: string; path?: string };
}

export interface PlanInput {
  run: Run;
  assignments: readonly Assignment[];
  hierarchy: Hierarchy;
  /** By unit key; needed for what moves or compares content. */
  facts: ReadonlyMap<string, UnitFacts | LeftOut>;
  /** By unit key, as the site data say. */
  owned: ReadonlyMap<string, readonly OwnedPath[]>;
  generation: Generation;
  now: number;
  newId: () => string;
}

/** Tasks of one unit on one system, each after the one before. */
const TASKS: Record<Run["kind"], readonly TaskKind[]> = {
  plan: ["estimate"],
  rebuild: ["stage", "activate"],
  verify: ["verify"],
  repair: ["verify", "stage", "activate"],
  undo: ["undo"],
  remove: ["remove"],
};

const NO_CONTENT: UnitFacts = { manifest: "", manifestBytes: 0, files: 0, sourceBytes: 0, packedBytes: 0, sourceVersion: 0 };

/** Whether a run needs the sources indexed before it can be planned. */
export function needsIndex(kind: Run["kind"]): boolean {
  return kind !== "undo" && kind !== "remove";
}

/** Whether a run brings the content of the sources to the systems. */
export function rollsOut(kind: Run["kind"]): boolean {
  return kind === "rebuild" || kind === "repair";
}

export function planRun(input: PlanInput): Phase[] {
  const phases: Phase[] = [];
  for (const assignment of [...input.assignments].sort(inOrder)) {
    let after: Phase | undefined;
    for (const task of TASKS[input.run.kind]) {
      after = planPhase(input, assignment, task, phases.length, after);
      phases.push(after);
    }
  }
  return phases;
}

function planPhase(input: PlanInput, assignment: Assignment, task: TaskKind, number: number, after: Phase | undefined): Phase {
  const { run, hierarchy, generation, now } = input;
  const key = unitKey(assignment.unit);
  const known = needsIndex(run.kind) ? (input.facts.get(key) ?? notInSiteData(key)) : NO_CONTENT;
  const leftOut = "leftOut" in known ? known.leftOut : undefined;
  const { manifest, ...facts } = "leftOut" in known ? NO_CONTENT : known;
  const address = addressPath(hierarchy, assignment.system)[0]?.key;
  return {
    id: input.newId(),
    run: run.id,
    number,
    ...assignment,
    task,
    state: leftOut ? (after ? "skipped" : "failed") : "waiting",
    generation,
    ...facts,
    epoch: 1,
    wireBytes: 0,
    ...(after ? { after: after.id } : {}),
    ...(run.kind === "repair" && task === "verify" ? { beforeRepair: true } : {}),
    ...(address === undefined ? {} : { address }),
    ...(manifest === "" ? {} : { manifest }),
    ...(task === "remove" ? { owned: [...(input.owned.get(key) ?? ownedByRule(assignment.unit))] } : {}),
    ...(leftOut ? { endedAt: now } : {}),
    ...(leftOut && !after ? { outcome: leftOutFailure(leftOut) } : {}),
  };
}

export function leftOutFailure({ code, message, path }: LeftOut["leftOut"]): NonNullable<Phase["outcome"]> {
  return {
    kind: "failed",
    code: isErrorCode(code) ? code : "SITE_DATA_INVALID",
    message,
    retryable: false,
    ...(path === undefined ? {} : { path }),
  };
}

export function notInSiteData(key: string): LeftOut {
  return { leftOut: { code: "SITE_DATA_INVALID", message: `the site data hold no usable source for ${key}` } };
}

/** What a unit owns when the site data no longer say: no more than the rule that agents keep allows for certain. */
function ownedByRule({ role, name }: Unit): OwnedPath[] {
  const folder = (path: string): OwnedPath => ({ path, kind: "folder", rights: "clients-read" });
  if (role === "cap") return CAP_FOLDERS.map((box) => folder(`${name}/${box}`));
  if (role === "logon-point") return [folder(`SMSLOGON/Sites/${name.slice("SMSLOGON@".length)}`)];
  return [folder(name)];
}

function inOrder(a: Assignment, b: Assignment): number {
  return rank(a) - rank(b) || compare(a.site, b.site) || compare(a.system, b.system) || compare(a.unit.name, b.unit.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
