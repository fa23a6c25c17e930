import { needsMending, type Role, type Window } from "@sitewright/protocol";
import { budgetAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf, type Address, type Hierarchy, type Problem, type Site, type System } from "../../domain/sites/hierarchy.ts";
import type { Run } from "../../domain/runs/run.ts";
import { gathered } from "../../domain/runs/selection.ts";
import { mapSliced } from "../../domain/slices.ts";
import { undescribedProblems } from "../../domain/sites/undescribed.ts";
import type { Board } from "../runs/board.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import { stepThrough } from "../step-through.ts";
import type { Assigned } from "./assigned.ts";
import type { SiteDataState, SiteView } from "./site-view.ts";

/** The current hierarchy, in one answer. */
export interface Overview {
  coordinator: { id: string; version: string; startedAt: number };
  sites: Site[];
  systems: SystemView[];
  addresses: AddressView[];
  /** Findings in the site data, and units that systems hold without being described: most urgent first, 200 at most. */
  problems: Problem[];
  /** The last ten, newest first. */
  runs: Run[];
  /** Without a reading in force, there are no sites and systems to list. */
  siteData: SiteDataState;
  /** Sequence of the last event that this answer surely includes. */
  sequence: number;
}

/** A system's agent; times in ms since 1970. */
export interface AgentView {
  connected: boolean;
  /** Connected since. */
  since?: number;
  platform?: string;
  version?: string;
  /** What clients may notice when it activates; absent: nothing. */
  switching?: string;
  /** Absent: never. */
  lastSeen?: number;
  /** Conditions that keep its agent from its work or impair it; absent: none. */
  warnings?: string[];
}

export interface SystemView extends AgentView {
  name: string;
  site: string;
  roles: Role[];
  /** Units that are assigned to it. */
  units: number;
  /** Of those: that it serves. */
  live: number;
}

export interface AddressView {
  key: string;
  /** bit/s; absent: not stated. */
  bandwidth?: number;
  /** In force now, bit/s; absent: unlimited. */
  budget?: number;
  window: Window;
  /** An operator paused it. */
  paused: boolean;
  concurrency: number;
  timeZone: string;
  /** Stagings that use it now. */
  underWay: number;
}

const MOST_PROBLEMS = 200;
/** Between two turns of the event loop: each may have hundreds of units. */
export const SYSTEMS_AT_ONCE = 50;
export const NOTHING_READ: SiteDataReading = {
  root: "",
  hierarchy: { sites: new Map(), systems: new Map(), addresses: new Map() },
  units: [],
  servedBy: new Map(),
  described: new Set(),
  sitePlaces: new Map(),
  counts: new Map(),
  problems: [],
};

export interface OverviewDeps {
  coordinator: Overview["coordinator"];
  board: Board;
  fleet: Fleet;
  runStore: RunStore;
  links: AgentLinks;
  live: LivePublisher;
  site: SiteView;
  clock: Clock;
}

export async function makeOverview(
  { coordinator, board, fleet, runStore, links, live, site, clock }: OverviewDeps,
  assigned: Assigned,
): Promise<Overview> {
  const sequence = live.sequence();
  const reading = await site.recent().catch(() => NOTHING_READ);
  const { hierarchy } = reading;
  const runs = await runStore.runs(10);
  const { assignments, unitsOf } = await assigned(reading);
  const { isAccepted, describe } = site;
  const held = { ...reading, assigned: assignments, held: fleet.allHeld(), isAccepted, describe };
  const { value: undescribed } = await stepThrough(undescribedProblems(held, undefined, true));
  const problems = gathered([...reading.problems, ...undescribed])
    .sort((a, b) => Number(needsMending(b)) - Number(needsMending(a)))
    .slice(0, MOST_PROBLEMS);
  const view = ({ name, site: code, roles }: System): SystemView => ({
    name,
    site: code,
    roles,
    ...agentView({ links, fleet, clock }, name),
    ...unitCounts(fleet, name, unitsOf(name)),
  });
  const { value: systems } = await stepThrough(mapSliced(hierarchy.systems.values(), view, SYSTEMS_AT_ONCE));
  const addresses = [...addressViews({ board, clock }, hierarchy).values()];
  const sites = [...hierarchy.sites.values()];
  return { coordinator, sites, systems, addresses, problems, runs, siteData: site.state(), sequence };
}

export function agentView({ links, fleet, clock }: Pick<OverviewDeps, "links" | "fleet" | "clock">, name: string): AgentView {
  const agent = links.agent(name);
  const warnings = fleet.warnings(name);
  const lastSeen = agent ? clock() : fleet.lastSeen(name);
  return {
    connected: agent !== undefined,
    ...(agent ? { since: agent.since, platform: agent.platform, version: agent.version } : {}),
    ...(agent?.switching === undefined ? {} : { switching: agent.switching }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

export function unitCounts(fleet: Pick<Fleet, "heldUnit">, system: string, units: readonly string[]): { units: number; live: number } {
  return { units: units.length, live: units.filter((unit) => fleet.heldUnit(system, unit)?.live).length };
}

/** The addresses in force, by key, with the stagings that use them now. */
export function addressViews({ board, clock }: Pick<OverviewDeps, "board" | "clock">, hierarchy: Hierarchy): Map<string, AddressView> {
  const staged = Map.groupBy(
    board.underWay().filter(({ task }) => task === "stage"),
    ({ address }) => address,
  );
  const now = clock();
  return new Map(addressesOf(hierarchy).map((address) => [address.key, addressView(address, staged.get(address.key)?.length ?? 0, now)]));
}

function addressView(address: Address, underWay: number, now: number): AddressView {
  const budget = budgetAt(address, now);
  return {
    key: address.key,
    ...(address.bandwidth === undefined ? {} : { bandwidth: address.bandwidth }),
    ...(budget === undefined ? {} : { budget }),
    window: windowAt(address, now),
    paused: address.paused === true,
    concurrency: address.concurrency,
    timeZone: address.timeZone,
    underWay,
  };
}
