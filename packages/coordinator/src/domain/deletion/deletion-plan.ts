import { packageOf, parseUnitKey, type ErrorCode, type Held, type Role, plural } from "@sitewright/protocol";
import type { Phase } from "../runs/run.ts";
import { addressesOf, type Hierarchy, type Site } from "../sites/hierarchy.ts";
import type { Reference } from "./references.ts";
import { targetName, targetOptions, type DeletionTarget } from "./deletion.ts";

/** What a deletion would do, in the order of the work. */
export interface DeletionPlan {
  /** Why it is refused; empty: nothing forbids it. */
  blocks: DeletionBlock[];
  /** What a person should know before. */
  warnings: string[];
  steps: DeletionStep[];
}

export interface DeletionBlock {
  code: Extract<ErrorCode, "CONFLICT" | "SITE_QUARANTINED">;
  message: string;
}

/** @param by `sitewright`: done with the confirmation; `before` and `after`: by hand, before and after it. */
export interface DeletionStep {
  by: "before" | "sitewright" | "after";
  what: string;
  details: string[];
}

export interface DeletionFacts {
  /** In force. */
  hierarchy: Hierarchy;
  /** Unit key to system names. */
  servedBy: ReadonlyMap<string, readonly string[]>;
  held: (system: string) => readonly Held[];
  isConnected: (system: string) => boolean;
  /** Every phase that has not ended. */
  phases: readonly Phase[];
  /** Files of the site data that name the target, or systems of it. */
  references: readonly Reference[];
  /** Whether a site is under recovery, or has to be, and that recovery did not order the deletion. */
  isQuarantined: (site: string) => boolean;
}

const ROLE_NAMES: Record<Role, string> = { cap: "client access point", "logon-point": "logon point", dp: "distribution point" };

/** The target must be in force. */
export function planDeletion(target: DeletionTarget, facts: DeletionFacts): DeletionPlan {
  const { hierarchy } = facts;
  const code = "site" in target ? target.site : (hierarchy.systems.get(target.system)?.site ?? "");
  const above = sitesAbove(hierarchy, code);
  return {
    blocks: [...frozen([code, ...above], facts), ...("site" in target ? siteBlocks(target.site, hierarchy) : [])],
    warnings: warningsOf(target, code, facts),
    steps: "site" in target ? siteSteps(target, above, facts) : roleSteps(target, facts),
  };
}

/** The phases that a deletion ends; work that removes what the system holds is let through where only a role is deleted. */
export function phasesOfTarget(target: DeletionTarget, phases: readonly Phase[]): Phase[] {
  return phases.filter(({ site, system, unit, task }) =>
    "site" in target ? site === target.site : system === target.system && unit.role === target.role && task !== "remove",
  );
}

/** The parent and all above, nearest first. */
function sitesAbove({ sites }: Hierarchy, code: string): string[] {
  const above: string[] = [];
  for (let at = sites.get(code)?.parent; at !== undefined && !above.includes(at); at = sites.get(at)?.parent) above.push(at);
  return above;
}

/** Sites above that are offline or restored from a backup miss the deletion, and keep orphans that nothing can remove. */
function frozen(chain: readonly string[], { isQuarantined }: DeletionFacts): DeletionBlock[] {
  return chain.filter(isQuarantined).map((site) => ({
    code: "SITE_QUARANTINED",
    message: `${site} is under recovery: nothing of it or below it is deleted before that has ended, unless the recovery orders it (--recovery)`,
  }));
}

function siteBlocks(code: string, hierarchy: Hierarchy): DeletionBlock[] {
  const conflict = (message: string): DeletionBlock => ({ code: "CONFLICT", message });
  const children = [...hierarchy.sites.values()].flatMap((site) => (site.parent === code ? [site.code] : []));
  const behind = addressesOf(hierarchy).filter(({ key, via }) => via === code && hierarchy.systems.get(key)?.site !== code);
  return [
    ...(children.length > 0 ? [conflict(`${children.join(", ")}: below ${code}; delete them first, or give them another parent`)] : []),
    ...behind.map(({ key }) => conflict(`the line to ${key} leads through ${code} (via): state another way in its address first`)),
    ...(hierarchy.sites.size === 1 ? [conflict(`${code} is the only site`)] : []),
  ];
}

function warningsOf(target: DeletionTarget, code: string, { hierarchy, servedBy }: DeletionFacts): string[] {
  const isGone = (system: string, role: Role): boolean =>
    "site" in target ? hierarchy.systems.get(system)?.site === code : system === target.system && role === target.role;
  const nowhere = [...servedBy].flatMap(([key, systems]) => {
    const unit = parseUnitKey(key);
    const id = unit && packageOf(unit);
    return unit && id !== undefined && systems.length > 0 && systems.every((system) => isGone(system, unit.role)) ? [id] : [];
  });
  const warnings = nowhere.length > 0 ? [`on no distribution point any more: ${named(nowhere)}`] : [];
  if ("site" in target) {
    const made = [...servedBy.keys()].flatMap((key) => (key.startsWith(`dp/${code}`) ? [key.slice("dp/".length)] : []));
    if (made.length > 0) warnings.push(`made at ${code}, and kept under their ids: ${named(made)}`);
    return warnings;
  }
  const others = [...hierarchy.systems.values()].filter(
    ({ name, site, roles }) => site === code && name !== target.system && roles.includes(target.role),
  );
  if (others.length === 0)
    warnings.push(
      `${target.system} is the only ${ROLE_NAMES[target.role]} of ${code}: clients that know no other one are cut off. Add another one first, and wait until clients have refreshed their lists (23 hours)`,
    );
  return warnings;
}

function siteSteps(target: { site: string }, above: readonly string[], facts: DeletionFacts): DeletionStep[] {
  const code = target.site;
  const { hierarchy, held } = facts;
  const systems = [...hierarchy.systems.values()].filter(({ site }) => site === code).map(({ name }) => name);
  const holding = systems.flatMap((name) => heldText(name, held(name).length, `--system ${name}`));
  return [
    ...removal("before", holding),
    { by: "sitewright", what: "put out of force, whatever hierarchy.yaml names", details: [targetName(target), ...systems] },
    ...drain(target, facts),
    ...connections(systems, facts),
    ...referenceSteps(facts),
    { by: "after", what: "take its entries out of hierarchy.yaml: sites, systems, addresses", details: [code] },
    ...atAncestors(code, above, hierarchy.sites),
    {
      by: "after",
      what: `keep its folder of the site data and what others have seen of it: ${code} and the numbers that it issued stay reserved`,
      details: [`${code}/`, ...facts.references.flatMap(({ path, handling }) => (handling === "kept" ? [path] : []))],
    },
  ];
}

function roleSteps(target: { system: string; role: Role }, facts: DeletionFacts): DeletionStep[] {
  const { system, role } = target;
  const held = facts.held(system).filter(({ unit }) => unit.role === role);
  return [
    { by: "sitewright", what: "put out of force, whatever hierarchy.yaml names", details: [targetName(target)] },
    ...drain(target, facts),
    ...referenceSteps(facts),
    ...removal("after", heldText(system, held.length, targetOptions(target))),
    { by: "after", what: `take ${role} out of the roles of ${system} in hierarchy.yaml`, details: [] },
  ];
}

/** A deletion removes nothing from a disk: that has a verb of its own. */
function removal(by: DeletionStep["by"], details: string[]): DeletionStep[] {
  return details.length === 0 ? [] : [{ by, what: "if clients must not find what the systems hold, remove it", details }];
}

function heldText(system: string, units: number, filter: string): string[] {
  return units === 0 ? [] : [`${system} holds ${units} ${units === 1 ? "unit" : "units"}: sitewright remove ${filter}`];
}

/** Queued orders end at once, running ones when their agents have stopped. */
function drain(target: DeletionTarget, { phases }: DeletionFacts): DeletionStep[] {
  const open = phasesOfTarget(target, phases);
  const details = [...Map.groupBy(open, ({ run }) => run)].map(([run, ofRun]) => {
    const running = ofRun.filter(({ state }) => state === "running").length;
    return `run ${run}: ${ofRun.length - running} queued, ${running} running`;
  });
  return details.length === 0 ? [] : [{ by: "sitewright", what: `cancel ${plural(open.length, "order")}`, details }];
}

function connections(systems: readonly string[], { isConnected }: DeletionFacts): DeletionStep[] {
  const connected = systems.filter(isConnected);
  return connected.length === 0 ? [] : [{ by: "sitewright", what: "tell their agents, and end the connections", details: connected }];
}

function referenceSteps({ references }: DeletionFacts): DeletionStep[] {
  const step = (by: DeletionStep["by"], what: string, handling: Reference["handling"]): DeletionStep[] => {
    const details = references.flatMap(({ path, names, handling: of }) => (of === handling ? [`${path}: ${names.join(", ")}`] : []));
    return details.length === 0 ? [] : [{ by, what, details }];
  };
  return [
    ...step("sitewright", "take these names out of the site data, with an undo point", "edit"),
    ...step("after", "take these names out, which Sitewright cannot safely (size, link, alias or rights)", "by-hand"),
  ];
}

/** Orders to a deleted site linger for a week where it was not deleted too (Q212937, Q234484). */
function atAncestors(code: string, above: readonly string[], sites: Hierarchy["sites"]): DeletionStep[] {
  const site = (at: string): Site | undefined => sites.get(at);
  const parent = above[0];
  return above.flatMap((at) => {
    if (site(at)?.type !== "primary") return [];
    const commands = [`preinst /delsite:{${code},${parent}}`, `preinst /deljob:${code}`];
    const address = at === parent ? [`delete the address of ${code}`] : [];
    return [{ by: "after", what: `delete it at ${at} on ${site(at)?.server}, and its jobs`, details: [...address, ...commands] }];
  });
}

const NAMED = 20;

function named(names: readonly string[]): string {
  const shown = names.toSorted().slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
