import {
  RUN_KINDS,
  ownedForCertain,
  isErrorCode,
  unitKey,
  type Generation,
  type Held,
  type OwnedPath,
  type SitewrightError,
  type TaskKind,
  type Unit,
} from "@sitewright/protocol";
import { addressPath } from "../addresses/address-path.ts";
import { keptBack } from "../sites/held-back.ts";
import type { DescribeUnit, Assignment, Hierarchy } from "../sites/hierarchy.ts";
import type { Phase, Run } from "./run.ts";
import { byService } from "./service-order.ts";

/** What the index knows of a unit. */
export interface UnitFacts {
  manifest: string;
  manifestBytes: number;
  files: number;
  sourceBytes: number;
  packedBytes: number;
  sourceVersion: number;
  /** Digest of names, sizes and bytes; absent: not known. */
  content?: string;
  /** Files whose bytes changed while their metadata did not. */
  altered?: { files: number; first: string };
}

/** Why a unit cannot be worked on. */
export interface LeftOut {
  leftOut: { code: string; message: string; path?: string };
}

export interface PlanInput {
  run: Run;
  assignments: readonly Assignment[];
  hierarchy: Hierarchy;
  /** By unit key; needed by tasks that move or compare content. */
  facts: ReadonlyMap<string, UnitFacts | LeftOut>;
  /** By unit key, as the site data say. */
  owned: ReadonlyMap<string, readonly OwnedPath[]>;
  /** Source bytes of a manifest that are right on a system already; undefined: not known. */
  present?: (system: string, unit: string, manifest: string) => number | undefined;
  /** What a system holds of a unit, as far as is known. */
  held: (system: string, unit: Unit) => Held | undefined;
  describe: DescribeUnit;
  generation: Generation;
  now: number;
  newId: () => string;
}

/** Tasks of one unit on one system, each after the one before. */
const NO_CONTENT = { manifestBytes: 0, files: 0, sourceBytes: 0, packedBytes: 0, sourceVersion: 0 };

export function planRun(input: PlanInput): Phase[] {
  const phases: Phase[] = [];
  for (const known of input.assignments.map((assignment) => withFacts(input, assignment)).sort(inOrder)) {
    let after: Phase | undefined;
    for (const task of RUN_KINDS[input.run.kind].tasks) {
      after = planPhase(input, known, { task, number: phases.length, after });
      phases.push(after);
    }
  }
  return phases;
}

interface Known extends Assignment, Omit<UnitFacts, "manifest" | "altered"> {
  manifest?: string;
  presentBytes?: number;
}

function withFacts({ run, facts, present, held, describe }: PlanInput, assignment: Assignment): Known & { leftOut?: LeftOut["leftOut"] } {
  const key = unitKey(assignment.unit);
  const known = RUN_KINDS[run.kind].needsIndex ? (facts.get(key) ?? notInSiteData(key)) : { ...NO_CONTENT, manifest: "" };
  if ("leftOut" in known) return { ...assignment, ...NO_CONTENT, ...known };
  const { manifest, altered: _, ...content } = known;
  const back = manifest === "" ? undefined : keptBack(run, held(assignment.system, assignment.unit), { ...assignment, ...known }, describe);
  if (back) return { ...assignment, ...content, leftOut: leftOutOf(back) };
  const presentBytes = run.options.full || manifest === "" ? undefined : present?.(assignment.system, key, manifest);
  return {
    ...assignment,
    ...content,
    ...(manifest === "" ? {} : { manifest }),
    ...(presentBytes === undefined ? {} : { presentBytes }),
  };
}

interface Step {
  task: TaskKind;
  number: number;
  after: Phase | undefined;
}

function planPhase(input: PlanInput, known: ReturnType<typeof withFacts>, { task, number, after }: Step): Phase {
  const { run, hierarchy, generation, now } = input;
  const { leftOut, ...facts } = known;
  const address = addressPath(hierarchy, facts.system)[0]?.key;
  return {
    id: input.newId(),
    run: run.id,
    number,
    ...facts,
    task,
    state: leftOut ? (after ? "skipped" : "failed") : "waiting",
    generation,
    epoch: 1,
    wireBytes: 0,
    ...(after ? { after: after.id } : {}),
    ...(RUN_KINDS[run.kind].differences === "mended" && task === "verify" ? { beforeRepair: true } : {}),
    ...(address === undefined ? {} : { address }),
    ...(task === "remove" ? { owned: [...(input.owned.get(unitKey(facts.unit)) ?? ownedForCertain(facts.unit))] } : {}),
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

export function leftOutOf({ code, message, path }: SitewrightError): LeftOut["leftOut"] {
  return { code, message, ...(path === undefined ? {} : { path }) };
}

export function notInSiteData(key: string): LeftOut {
  return { leftOut: { code: "SITE_DATA_INVALID", message: `the site data hold no usable source for ${key}` } };
}

function inOrder(a: Known, b: Known): number {
  return byService(a, b) || compare(a.site, b.site) || compare(a.system, b.system) || compare(a.unit.name, b.unit.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
