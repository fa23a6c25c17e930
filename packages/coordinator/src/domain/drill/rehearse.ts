import { DEFAULT_OPTIONS, type Digest, type Generation } from "@sitewright/protocol";
import { addressPath } from "../addresses/address-path.ts";
import type { WindowWait } from "../addresses/window-wait.ts";
import type { OpenReason } from "../forecast/course.ts";
import { forecast, type AddressForecast, type Forecasts } from "../forecast/forecast.ts";
import { laneKey } from "../runs/usage.ts";
import { lineName, OWN_NETWORK } from "../forecast/lines.ts";
import { planRun, type PlanInput } from "../runs/plan-run.ts";
import type { Phase, Run } from "../runs/run.ts";
import type { Hierarchy } from "../sites/hierarchy.ts";
import { sharedSite } from "../sites/neighbours.ts";

/** A rebuild of systems that hold nothing. */
export interface RehearsalInput extends Pick<PlanInput, "assignments" | "facts" | "hierarchy"> {
  /** ms since 1970. */
  start: number;
  /** Content that systems outside of the rebuild hold, and serve to their neighbours. */
  holders: readonly Holder[];
  /** As in `ForecastInput`. */
  measured: ReadonlyMap<string, number>;
  limits: { perSystem: number; perAddress: number };
}

export interface Holder {
  system: string;
  manifest: Digest;
}

export interface Rehearsal {
  /** When the last of it is served, ms since 1970; absent: cannot be forecast. Sites whose lines have no known rate count only if there are no others. */
  endsAt?: number;
  /** Why not. */
  open?: OpenReason;
  /** Bytes of content and manifests. */
  wireBytes: number;
  /** In the order of their codes. */
  sites: SiteRehearsal[];
}

export interface SiteRehearsal {
  site: string;
  /** When its first order begins, ms since 1970; absent: none does. */
  startsAt?: number;
  endsAt?: number;
  open?: OpenReason;
  wireBytes: number;
  /** By line, by its name: bytes of content and manifests that cross it for this site. */
  lines: { line: string; bytes: number }[];
  /** How long all of its work waited for closed windows, ms. */
  waitedMs: number;
  /** The first window that it waits for. */
  waits?: WindowWait;
  /** Name of the line of its own that is through last. */
  lastLine: string;
}

const NOT_ORDERED: Generation = { epoch: 0, counter: 0 };
/** Run of what is served already. No site has such a code. */
const STANDING = "";
const NEVER_ASKED = { place: "", file: "" };

/**
 * Plans the rebuild as `planRun` does, of systems that hold nothing, and forecasts it as `forecast` does, as one run; agents are all
 * connected. Yields periodically.
 */
export function* rehearse(input: RehearsalInput): Generator<void, Rehearsal> {
  const { assignments, facts, hierarchy, start, measured, limits } = input;
  const run: Run = { id: "", kind: "rebuild", state: "running", options: DEFAULT_OPTIONS, createdAt: start, problems: [] };
  const planned = yield* planRun({
    run,
    assignments,
    facts,
    hierarchy,
    owned: new Map(),
    held: () => undefined,
    // Needed only for messages about what a system holds.
    describe: () => NEVER_ASKED,
    generation: NOT_ORDERED,
    now: start,
    idOf: String,
  });
  // Planned as one run, so that the order of work is the real one; then one run a site, so that each has a forecast.
  const phases = planned.map((phase) => ({ ...phase, run: phase.site }));
  const bySite = Map.groupBy(phases, ({ site }) => site);
  const forecasts = yield* forecast({
    now: start,
    runs: new Map([...bySite.keys(), STANDING].map((site) => [site, run])),
    phases: [...phases, ...standing(phases, input)],
    pathTo: (system) => addressPath(hierarchy, system),
    isConnected: () => true,
    sharedSite: (system) => sharedSite(hierarchy, system),
    measured,
    limits,
  });
  const sites = [...bySite].sort(([a], [b]) => (a < b ? -1 : 1)).map(([site, own]) => siteOf(site, own, { forecasts, hierarchy }));
  return { ...endOf(sites), wireBytes: sites.reduce((sum, { wireBytes }) => sum + wireBytes, 0), sites };
}

/** To the forecast, content that neighbours hold is a staging that has ended. */
function standing(phases: readonly Phase[], { holders, hierarchy, start }: RehearsalInput): Phase[] {
  return holders.flatMap(({ system, manifest }) => {
    const site = sharedSite(hierarchy, system);
    const like = phases.find(
      (phase) => phase.task === "stage" && phase.manifest === manifest && sharedSite(hierarchy, phase.system) === site,
    );
    if (!like || site === undefined) return [];
    return [{ ...like, id: `${system} has ${manifest}`, run: STANDING, system, state: "done", endedAt: start }];
  });
}

function siteOf(
  site: string,
  phases: readonly Phase[],
  { forecasts, hierarchy }: { forecasts: Forecasts; hierarchy: Hierarchy },
): SiteRehearsal {
  const { starts, waited } = forecasts.lanes;
  const lanes = [...new Set(phases.map(laneKey))];
  const started = lanes.flatMap((lane) => starts.get(lane) ?? []);
  const told = forecasts.byRun.get(site);
  const own = told?.addresses ?? [];
  const lines = new Map<string, number>();
  for (const { address, wireBytes } of own)
    for (const line of pathOf(address, phases, hierarchy)) lines.set(line, (lines.get(line) ?? 0) + wireBytes);
  const ends = own.flatMap(({ endsAt }) => endsAt ?? []);
  const open = own.find((line) => line.open !== undefined)?.open;
  const waits = own.flatMap((line) => line.waits ?? [])[0];
  return {
    site,
    ...(started.length > 0 ? { startsAt: Math.min(...started) } : {}),
    ...(open === undefined && ends.length > 0 ? { endsAt: Math.max(...ends) } : {}),
    ...(open === undefined ? {} : { open }),
    wireBytes: own.reduce((sum, { wireBytes }) => sum + wireBytes, 0),
    lines: [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([line, bytes]) => ({ line: lineName(line), bytes })),
    waitedMs: Math.max(0, ...lanes.map((lane) => waited.get(lane) ?? 0)),
    ...(waits ? { waits } : {}),
    lastLine: lineName(lastOf(own)?.address ?? OWN_NETWORK),
  };
}

function pathOf(address: string | undefined, phases: readonly Phase[], hierarchy: Hierarchy): string[] {
  const crosses = phases.find((phase) => phase.address === address);
  return address === undefined || !crosses ? [OWN_NETWORK] : addressPath(hierarchy, crosses.system).map(({ key }) => key);
}

function lastOf(lines: readonly AddressForecast[]): AddressForecast | undefined {
  return lines.toSorted((a, b) => (b.endsAt ?? Infinity) - (a.endsAt ?? Infinity))[0];
}

function endOf(sites: readonly SiteRehearsal[]): Pick<Rehearsal, "endsAt" | "open"> {
  const timed = sites.filter(({ open }) => open !== "no-rate");
  const counted = timed.length > 0 ? timed : sites;
  const open = counted.find((site) => site.open !== undefined)?.open;
  const ends = counted.flatMap(({ endsAt }) => endsAt ?? []);
  return open === undefined && ends.length > 0 ? { endsAt: Math.max(...ends) } : open === undefined ? {} : { open };
}
