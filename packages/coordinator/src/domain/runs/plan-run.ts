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
import { wireBytesOf } from "../lines/wire-bytes.ts";
import { mapSliced, SLICE, sortSliced } from "../slices.ts";
import type { Phase, Run } from "./run.ts";
import { byTurn, rank, type ServiceTurn } from "./service-order.ts";

/** What the index knows of a unit. */
export interface UnitFacts {
  manifest: string;
  manifestBytes: number;
  files: number;
  sourceBytes: number;
  /** Estimated compressed size of the content, from samples. */
  packedBytes: number;
  sourceVersion: number;
  /** Digest of names, sizes and bytes, marked with the method of cutting and hashing; absent: not known. */
  content?: string;
  /** Files whose bytes changed while their metadata did not: only a rehash finds them. */
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
  /** The id of the phase with a number. */
  idOf: (number: number) => string;
}

const NO_CONTENT = { manifestBytes: 0, files: 0, sourceBytes: 0, packedBytes: 0, sourceVersion: 0 };

/** The tasks of each unit on each system, each after the one before. Yields periodically: its work grows with the pairs. */
export function* planRun(input: PlanInput): Generator<void, Phase[]> {
  const phases: Phase[] = [];
  const factsOf = contentFacts(input);
  const addressOf = addressKeys(input.hierarchy);
  const places = placesOf(input.assignments);
  yield;
  const turns = yield* mapSliced(input.assignments, (assignment) => turnIn(withFacts(input, assignment, factsOf(assignment.unit)), places));
  for (const { known } of yield* sortSliced(turns, (a, b) => byTurn(a, b) || a.place - b.place || a.name - b.name)) {
    let after: Phase | undefined;
    for (const task of RUN_KINDS[input.run.kind].tasks) {
      after = planPhase(input, known, { task, number: phases.length, after, address: addressOf(known.assignment.system) });
      phases.push(after);
      if (phases.length % SLICE === 0) yield;
    }
  }
  return phases;
}

type Content = Omit<UnitFacts, "manifest" | "altered"> & { manifest?: string };

interface Known {
  assignment: Assignment;
  content: Content;
  presentBytes?: number;
  leftOut?: LeftOut["leftOut"];
}

/** What is known of a unit's content, found once for all systems. */
function contentFacts({ run, facts }: PlanInput): (unit: Unit) => Content & Partial<LeftOut> {
  const found = new Map<Unit, Content & Partial<LeftOut>>();
  return (unit) => {
    const known = found.get(unit) ?? contentOf(unitKey(unit), RUN_KINDS[run.kind].needsIndex ? facts : undefined);
    found.set(unit, known);
    return known;
  };
}

function contentOf(key: string, facts: PlanInput["facts"] | undefined): Content & Partial<LeftOut> {
  if (!facts) return NO_CONTENT;
  const known = facts.get(key) ?? notInSiteData(key);
  if ("leftOut" in known) return { ...NO_CONTENT, ...known };
  const { altered: _, manifest, ...content } = known;
  return manifest === "" ? content : { ...content, manifest };
}

function withFacts({ run, present, held, describe }: PlanInput, assignment: Assignment, facts: Content & Partial<LeftOut>): Known {
  const { leftOut } = facts;
  if (leftOut) return { assignment, content: NO_CONTENT, leftOut };
  const { manifest, ...content } = facts;
  if (manifest === undefined) return { assignment, content: facts };
  const { system, unit } = assignment;
  const back = keptBack(run, held(system, unit), { ...facts, system, unit }, describe);
  if (back) return { assignment, content, leftOut: leftOutOf(back) };
  const presentBytes = run.options.full ? undefined : present?.(system, unitKey(unit), manifest);
  return { assignment, content: facts, ...(presentBytes === undefined ? {} : { presentBytes }) };
}

interface Step {
  task: TaskKind;
  number: number;
  after: Phase | undefined;
  address: string | undefined;
}

/** Field by field, and not by spreading: there are as many as units on systems. */
function planPhase(input: PlanInput, known: Known, { task, number, after, address }: Step): Phase {
  const { run, generation, now } = input;
  const { assignment, content, leftOut, presentBytes } = known;
  const { system, site, unit, priority, clients, due } = assignment;
  const { manifestBytes, sourceVersion, files, sourceBytes, packedBytes } = content;
  const state = leftOut ? (after ? "skipped" : "failed") : "waiting";
  const where = { id: input.idOf(number), run: run.id, number, system, site, unit, task, state, priority } as const;
  const phase: Phase = { ...where, generation, manifestBytes, sourceVersion, files, sourceBytes, packedBytes, epoch: 1, wireBytes: 0 };
  if (clients !== undefined) phase.clients = clients;
  if (due !== undefined) phase.due = due;
  if (content.manifest !== undefined) phase.manifest = content.manifest;
  if (content.content !== undefined) phase.content = content.content;
  if (presentBytes !== undefined) phase.presentBytes = presentBytes;
  if (after) phase.after = after.id;
  if (RUN_KINDS[run.kind].differences === "mended" && task === "verify") phase.beforeRepair = true;
  if (address !== undefined) phase.address = address;
  if (task === "remove") phase.owned = [...(input.owned.get(unitKey(unit)) ?? ownedForCertain(unit))];
  if (leftOut) phase.endedAt = now;
  if (leftOut && !after) phase.outcome = leftOutFailure(leftOut);
  return phase;
}

function addressKeys(hierarchy: Hierarchy): (system: string) => string | undefined {
  const keys = new Map<string, string | undefined>();
  return (system) => {
    if (!keys.has(system)) keys.set(system, addressPath(hierarchy, system)[0]?.key);
    return keys.get(system);
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

interface Turn extends ServiceTurn {
  known: Known;
  /** Of the system, by its site and its name. */
  place: number;
  /** Of the unit's name. */
  name: number;
}

interface Places {
  systems: ReadonlyMap<string, number>;
  names: ReadonlyMap<string, number>;
}

/** What decides where the order of service does not: the order of sites, systems and units. */
function placesOf(assignments: readonly Assignment[]): Places {
  const sites = new Map<string, string>();
  const names = new Set<string>();
  for (const { system, site, unit } of assignments) {
    sites.set(system, site);
    names.add(unit.name);
  }
  const bySite = (a: string, b: string): number => compare(sites.get(a) ?? "", sites.get(b) ?? "") || compare(a, b);
  return { systems: positions(sites.keys(), bySite), names: positions(names, compare) };
}

function turnIn(known: Known, { systems, names }: Places): Turn {
  const { assignment, content, presentBytes } = known;
  const { system, unit, priority, due = Infinity, clients = 0 } = assignment;
  const wireBytes = wireBytesOf(presentBytes === undefined ? content : { ...content, presentBytes });
  const place = systems.get(system) ?? 0;
  return { known, rank: rank({ unit, priority }), due, clients, wireBytes, place, name: names.get(unit.name) ?? 0 };
}

/** The position of each in their order. */
function positions(texts: Iterable<string>, order: (a: string, b: string) => number): Map<string, number> {
  return new Map([...texts].sort(order).map((text, position) => [text, position]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
