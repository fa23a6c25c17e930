import { unitKey, type Held } from "@sitewright/protocol";
import { addressPath } from "../addresses/address-path.ts";
import { lineName, OWN_NETWORK } from "../forecast/lines.ts";
import type { UnitFacts } from "../runs/plan-run.ts";
import type { Assignment, Hierarchy } from "../sites/hierarchy.ts";
import { sharedSite } from "../sites/neighbours.ts";
import { withAllNeighbours, withSecondLine } from "./line-changes.ts";
import { rehearse, type Holder, type Rehearsal, type RehearsalInput, type SiteRehearsal } from "./rehearse.ts";
import type { DrillScope } from "./scope.ts";

export interface DrillInput extends DrillScope {
  /** Of every system. */
  assignments: readonly Assignment[];
  /** By unit key; what is not in it is not rebuilt. */
  facts: ReadonlyMap<string, UnitFacts>;
  /** What a system holds, as far as is known. */
  held: (system: string) => readonly Held[];
  limits: RehearsalInput["limits"];
}

export interface Drill {
  rehearsal: Rehearsal;
  bottleneck?: Bottleneck;
  alternatives: Alternative[];
}

/** What the end depends on: `window`: more than half of the time passes while it is closed; `line`: with twice its rate the end comes sooner. */
export interface Bottleneck {
  kind: "line" | "window";
  /** Its name. */
  line: string;
}

/** The same rebuild with one thing changed. */
export interface Alternative {
  kind: "second-line" | "neighbours" | "reserve-dp";
  /** The line that there are two of, or the systems that bring content to their neighbours. */
  names: string[];
  rehearsal: Rehearsal;
  /** The end comes sooner by this, ms; absent: one of the two has no end. */
  savedMs?: number;
}

/** A line whose second one saves less is no bottleneck, ms. */
const NOTICED_MS = 1000;

/** Rehearses the rebuild of what was lost, then each alternative. Yields periodically. */
export function* drill(input: DrillInput): Generator<void, Drill> {
  const rehearsal = yield* rehearse(without(input, input.lost));
  const lines = yield* secondLines(input, rehearsal);
  const alternatives = [
    ...lines.slice(0, 1),
    ...(yield* neighbours(input, rehearsal)),
    ...(input.reserve.length > 0 ? [yield* reserveDp(input, rehearsal)] : []),
  ];
  const bottleneck = bottleneckOf(rehearsal, lines[0], input.start);
  return { rehearsal, ...(bottleneck ? { bottleneck } : {}), alternatives };
}

/** @param rebuilt Systems that are rebuilt, from nothing. */
function without({ start, hierarchy, assignments, facts, measured, limits }: DrillInput, rebuilt: ReadonlySet<string>): RehearsalInput {
  const own = assignments.filter(({ system, unit }) => rebuilt.has(system) && facts.has(unitKey(unit)));
  return { start, hierarchy, assignments: own, facts, measured, limits, holders: [] };
}

/** A second line beside each line that the last site's content crosses; the one that saves most comes first. */
function* secondLines(input: DrillInput, rehearsal: Rehearsal): Generator<void, Alternative[]> {
  const last = lastSite(rehearsal);
  const made: Alternative[] = [];
  for (const line of last ? pathOf(last, input.hierarchy) : []) {
    const other = yield* rehearse({ ...without(input, input.lost), ...withSecondLine(input, line) });
    made.push(alternative("second-line", [lineName(line)], { rehearsal, other }));
  }
  return made.sort((a, b) => (b.savedMs ?? 0) - (a.savedMs ?? 0));
}

/** Every neighbour that holds what was lost serves it, also one that is told not to share (`peers: false`). */
function* neighbours(input: DrillInput, rehearsal: Rehearsal): Generator<void, Alternative[]> {
  const hierarchy = withAllNeighbours(input.hierarchy);
  const alone = [...input.hierarchy.systems.values()].filter(
    ({ name, peers }) => peers === false && sharesWithLost(input, hierarchy, name),
  );
  const base = { ...without(input, input.lost), hierarchy };
  const holders = [...hierarchy.systems.keys()].flatMap((system) => (input.lost.has(system) ? [] : heldBy(input, hierarchy, system)));
  const names = [...new Set([...alone.map(({ name }) => name), ...holders.map(({ system }) => system)])].sort();
  if (names.length === 0) return [];
  const other = yield* rehearse({ ...base, holders });
  return [alternative("neighbours", names, { rehearsal, other })];
}

function* reserveDp(input: DrillInput, rehearsal: Rehearsal): Generator<void, Alternative> {
  const { hierarchy, lost, reserve, assignments, facts } = input;
  const rebuilt = lost.difference(new Set(reserve));
  const holders = reserve.flatMap((system) => {
    const site = sharedSite(hierarchy, system);
    const wanted = assignments.filter(
      (one) => rebuilt.has(one.system) && one.unit.role === "dp" && sharedSite(hierarchy, one.system) === site,
    );
    const manifests = new Set(wanted.flatMap(({ unit }) => facts.get(unitKey(unit))?.manifest ?? []));
    return [...manifests].map((manifest): Holder => ({ system, manifest }));
  });
  const other = yield* rehearse({ ...without(input, rebuilt), holders });
  return alternative("reserve-dp", [...reserve], { rehearsal, other });
}

/** What a system that was not lost has of its neighbours' content. */
function heldBy({ held, lost, assignments, facts }: DrillInput, hierarchy: Hierarchy, system: string): Holder[] {
  const site = sharedSite(hierarchy, system);
  if (site === undefined) return [];
  const live = new Set(held(system).flatMap((one) => one.live?.manifest ?? []));
  const wanted = assignments.flatMap((one) => {
    const manifest = facts.get(unitKey(one.unit))?.manifest;
    return manifest !== undefined && lost.has(one.system) && sharedSite(hierarchy, one.system) === site ? [manifest] : [];
  });
  return [...live.intersection(new Set(wanted))].map((manifest) => ({ system, manifest }));
}

function sharesWithLost({ lost }: DrillInput, hierarchy: Hierarchy, name: string): boolean {
  const site = sharedSite(hierarchy, name);
  return site !== undefined && [...lost].some((other) => other !== name && sharedSite(hierarchy, other) === site);
}

function alternative(
  kind: Alternative["kind"],
  names: string[],
  { rehearsal, other }: { rehearsal: Rehearsal; other: Rehearsal },
): Alternative {
  const isKnown = rehearsal.endsAt !== undefined && other.endsAt !== undefined;
  return { kind, names, rehearsal: other, ...(isKnown ? { savedMs: (rehearsal.endsAt ?? 0) - (other.endsAt ?? 0) } : {}) };
}

function bottleneckOf(rehearsal: Rehearsal, best: Alternative | undefined, start: number): Bottleneck | undefined {
  const last = lastSite(rehearsal);
  if (!last) return undefined;
  if (last.waits && last.waitedMs > ((last.endsAt ?? start) - start) / 2) return { kind: "window", line: last.waits.address };
  const [line] = best?.names ?? [];
  return line !== undefined && (best?.savedMs ?? 0) >= NOTICED_MS ? { kind: "line", line } : undefined;
}

function lastSite({ sites }: Rehearsal): SiteRehearsal | undefined {
  return sites.filter(({ endsAt }) => endsAt !== undefined).toSorted((a, b) => (b.endsAt ?? 0) - (a.endsAt ?? 0))[0];
}

/** The lines that what is through last crosses. */
function pathOf({ lastLine, site }: SiteRehearsal, hierarchy: Hierarchy): string[] {
  if (lastLine === lineName(OWN_NETWORK)) return [OWN_NETWORK];
  const crosses = [...hierarchy.systems.values()].find(
    (system) => system.site === site && addressPath(hierarchy, system.name)[0]?.key === lastLine,
  );
  return crosses ? addressPath(hierarchy, crosses.name).map(({ key }) => key) : [];
}
