import { unitKey, SitewrightError, type Held, type Role, type SystemState } from "@sitewright/protocol";
import { SITE_PAGE_ROWS } from "@sitewright/protocol/api";
import { latestRows, workState } from "../../domain/runs/table/latest.ts";
import { pageOfSites, type SitePage, type StatedSystem, type SystemFilter } from "../../domain/sites/site-page.ts";
import { mapSliced } from "../../domain/slices.ts";
import type { Run } from "../../domain/runs/run.ts";
import type { Site, System } from "../../domain/sites/hierarchy.ts";
import { MOST_OTHERS } from "../agents/fleet.ts";
import { createPhaseLookup } from "../runs/pages/phase-lookup.ts";
import { recentRuns, type Recent } from "../runs/pages/recent-runs.ts";
import type { RunGroup, StatedPhase } from "../runs/pages/run-views.ts";
import { stepThrough } from "../step-through.ts";
import type { Assigned, AssignedUnits } from "./assigned.ts";
import {
  addressViews,
  agentView,
  NOTHING_READ,
  SYSTEMS_AT_ONCE,
  unitCounts,
  type AddressView,
  type AgentView,
  type OverviewDeps,
} from "./overview.ts";

export interface SystemCard extends Pick<StatedSystem, "name" | "site" | "roles" | "state"> {
  connected: boolean;
  /** ms since 1970; absent: never. */
  lastSeen?: number;
  /** Units that are assigned to it, and those of them that it serves. */
  units: number;
  live: number;
  /** In the newest run that was about it. */
  work?: RunGroup;
  /** Its own line. */
  address?: AddressView;
}

export interface SiteCards extends Pick<SitePage, "found" | "counts"> {
  sites: { site: Site; systems: SystemCard[]; systemCount: number; address?: AddressView }[];
  next?: string;
  sequence: number;
}

export interface SystemDetails extends AgentView {
  name: string;
  site: string;
  roles: Role[];
  state: SystemState;
  /** Everything that is described, and the first hundred of what is not. */
  held: Held[];
  /** Units that the agent holds and the site data do not describe; absent: none. */
  heldBeyond?: number;
  /** Unit keys. */
  assigned: string[];
  /** By unit, the phase that tells how the newest run about it went. */
  latest: { unit: string; run: Pick<Run, "id" | "kind" | "createdAt">; phase: StatedPhase }[];
  sequence: number;
}

export interface SystemPages {
  /** Sites with their systems; those where something needs attention come first. */
  sites(query: { state?: SystemFilter; text?: string; limit?: number; after?: number }): Promise<SiteCards>;
  /** Throws `NOT_FOUND`. */
  system(name: string): Promise<SystemDetails>;
}

export function createSystemPages(deps: OverviewDeps, assigned: Assigned): SystemPages {
  const { board, fleet, runStore, live, site } = deps;
  const { phasesOf, systemGroup } = createPhaseLookup(deps);
  const stateOf = createSystemStates(deps);

  async function cardOf(
    { name, site: code, roles, state }: StatedSystem,
    runs: readonly Recent[],
    units: readonly string[],
  ): Promise<SystemCard> {
    const newest = runs.find(({ table }) => table.rows.systems.find(name) !== undefined)?.table;
    const at = newest?.rows.systems.find(name);
    const { connected, lastSeen } = agentView(deps, name);
    return {
      name,
      site: code,
      roles,
      state,
      connected,
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...unitCounts(fleet, name, units),
      ...(newest && at !== undefined ? { work: await systemGroup(newest, at) } : {}),
    };
  }

  return {
    async sites({ limit = SITE_PAGE_ROWS, after = 0, ...filter }) {
      const sequence = live.sequence();
      const reading = await site.recent().catch(() => NOTHING_READ);
      const [units, runs] = [await assigned(reading), await recentRuns(board, runStore)];
      const { sites, systems } = reading.hierarchy;
      const state = (system: System): StatedSystem => ({ ...system, state: stateOf(system, runs, units) });
      const { value: stated } = await stepThrough(mapSliced(systems.values(), state, SYSTEMS_AT_ONCE));
      const { value: page } = await stepThrough(pageOfSites([...sites.values()], stated, { ...filter, limit, after }));
      const addresses = addressViews(deps, reading.hierarchy);
      const withAddress = <Item extends object>(key: string, item: Item): Item & { address?: AddressView } => {
        const address = addresses.get(key);
        return address ? { ...item, address } : item;
      };
      const listed = page.sites.map(async ({ site: own, systems: first, systemCount }) => {
        const cards = await Promise.all(first.map(async (one) => withAddress(one.name, await cardOf(one, runs, units.unitsOf(one.name)))));
        return withAddress(own.code, { site: own, systems: cards, systemCount });
      });
      const { found, counts, next } = page;
      return { sites: await Promise.all(listed), found, counts, ...(next === undefined ? {} : { next: String(next) }), sequence };
    },
    async system(name) {
      const sequence = live.sequence();
      const reading = await site.recent().catch(() => NOTHING_READ);
      const system = reading.hierarchy.systems.get(name);
      if (!system) throw new SitewrightError("NOT_FOUND", `the hierarchy has no system ${name}: 'sitewright status' lists them`);
      const [units, runs] = [await assigned(reading), await recentRuns(board, runStore)];
      const latest = [...latestRows(runs, name)].map(async ([unit, { of, row }]) => {
        const { id, kind, createdAt } = of.run;
        const phases = await phasesOf([of.table.rows.currentId(row)]);
        return phases.map((phase) => ({ unit, run: { id, kind, createdAt }, phase }));
      });
      const { site: code, roles } = system;
      return {
        name,
        site: code,
        roles,
        ...agentView(deps, name),
        state: stateOf(system, runs, units),
        ...heldView(name),
        assigned: [...units.unitsOf(name)],
        latest: (await Promise.all(latest)).flat(),
        sequence,
      };
    },
  };

  /** Undescribed units that agents state must not make an answer large. */
  function heldView(name: string): Pick<SystemDetails, "held" | "heldBeyond"> {
    const held = fleet.held(name);
    const described = held.filter(({ unit }) => site.describes(unitKey(unit)));
    const others = held.filter(({ unit }) => !site.describes(unitKey(unit)));
    const beyond = others.length - MOST_OTHERS + fleet.heldBeyond(name);
    return { held: [...described, ...others.slice(0, MOST_OTHERS)], ...(beyond > 0 ? { heldBeyond: beyond } : {}) };
  }
}

/** What the last runs say about a system is found again only after one of its phases has changed. */
function createSystemStates({ links, fleet }: Pick<OverviewDeps, "links" | "fleet">) {
  const known = new Map<string, { version: string; work: ReturnType<typeof workState> }>();
  let last: AssignedUnits | undefined;

  function workOf(name: string, runs: readonly Recent[], units: AssignedUnits): ReturnType<typeof workState> {
    if (last !== units) known.clear();
    last = units;
    const version = runs.map(({ run, table: { rows, ofSystem } }) => {
      const system = rows.systems.find(name);
      return `${run.id} ${system === undefined ? 0 : ofSystem(system).version}`;
    });
    const before = known.get(name);
    if (before?.version === version.join()) return before.work;
    const work = workState(latestRows(runs, name), units.unitsOf(name));
    known.set(name, { version: version.join(), work });
    return work;
  }

  return ({ name, roles }: System, runs: readonly Recent[], units: AssignedUnits): SystemState => {
    if (roles.length === 0) return "idle";
    if (!links.isConnected(name)) return fleet.lastSeen(name) === undefined ? "unjoined" : "away";
    return workOf(name, runs, units) ?? "connected";
  };
}
