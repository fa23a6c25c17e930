import { unitKey, needsMending, type Held, type Role, type Unit, type Window } from "@sitewright/protocol";
import { budgetAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf, type Address, type Problem, type Site } from "../../domain/sites/hierarchy.ts";
import type { Run } from "../../domain/runs/run.ts";
import { assignmentsIn, gathered } from "../../domain/runs/selection.ts";
import { undescribedProblems } from "../../domain/sites/undescribed.ts";
import { groupSliced } from "../../domain/slices.ts";
import type { Board } from "../runs/board.ts";
import { MOST_OTHERS, type Fleet } from "../agents/fleet.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { AgentLinks, Clock, RunStore, SiteDataReading } from "../ports.ts";
import { stepThrough } from "../step-through.ts";
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

export interface SystemView {
  name: string;
  site: string;
  roles: Role[];
  connected: boolean;
  /** Connected since, ms since 1970. */
  since?: number;
  platform?: string;
  version?: string;
  /** What clients may notice when it activates; absent: nothing. */
  switching?: string;
  /** ms since 1970; absent: never. */
  lastSeen?: number;
  /** Everything that is described, and the first hundred of what is not. */
  held: Held[];
  /** Units that the agent holds and the site data do not describe; absent: none. */
  heldBeyond?: number;
  /** Unit keys. */
  assigned: string[];
  /** Conditions that keep its agent from its work or impair it; absent: none. */
  warnings?: string[];
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
const NOTHING_READ: SiteDataReading = {
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

export async function makeOverview({ coordinator, board, fleet, runStore, links, live, site, clock }: OverviewDeps): Promise<Overview> {
  const sequence = live.sequence();
  const reading = await site.recent().catch(() => NOTHING_READ);
  const { hierarchy, servedBy } = reading;
  const runs = await runStore.runs(10);
  const { value: assignments } = await stepThrough(assignmentsIn(hierarchy, servedBy, new Map()));
  const { value: assigned } = await stepThrough(groupSliced(assignments, ({ system }) => system));
  const { isAccepted, describe } = site;
  const held = { ...reading, assigned: assignments, held: fleet.allHeld(), isAccepted, describe };
  const { value: undescribed } = await stepThrough(undescribedProblems(held, undefined, true));
  const problems = gathered([...reading.problems, ...undescribed])
    .sort((a, b) => Number(needsMending(b)) - Number(needsMending(a)))
    .slice(0, MOST_PROBLEMS);
  const systems = [...hierarchy.systems.values()].map(({ name, site: code, roles }): SystemView => {
    const agent = links.agent(name);
    const warnings = fleet.warnings(name);
    const lastSeen = agent ? clock() : fleet.lastSeen(name);
    return {
      name,
      site: code,
      roles,
      connected: agent !== undefined,
      ...(agent ? { since: agent.since, platform: agent.platform, version: agent.version } : {}),
      ...(agent?.switching === undefined ? {} : { switching: agent.switching }),
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...heldView(fleet, name, (unit) => site.describes(unitKey(unit))),
      assigned: (assigned.get(name) ?? []).map(({ unit }) => unitKey(unit)),
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  });
  const staged = Map.groupBy(
    board.underWay().filter(({ task }) => task === "stage"),
    ({ address }) => address,
  );
  const addresses = addressesOf(hierarchy).map((address) => addressView(address, staged.get(address.key)?.length ?? 0, clock()));
  const sites = [...hierarchy.sites.values()];
  return { coordinator, sites, systems, addresses, problems, runs, siteData: site.state(), sequence };
}

/** Undescribed units that agents state must not make every overview large. */
function heldView(fleet: Fleet, system: string, isDescribed: (unit: Unit) => boolean): Pick<SystemView, "held" | "heldBeyond"> {
  const held = fleet.held(system);
  const described = held.filter(({ unit }) => isDescribed(unit));
  const others = held.filter(({ unit }) => !isDescribed(unit));
  const beyond = others.length - MOST_OTHERS + fleet.heldBeyond(system);
  return { held: [...described, ...others.slice(0, MOST_OTHERS)], ...(beyond > 0 ? { heldBeyond: beyond } : {}) };
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
