import type { MediaPlan } from "@sitewright/protocol/api";
import { addressPath } from "../../domain/addresses/address-path.ts";
import { forecast } from "../../domain/forecast/forecast.ts";
import { OWN_NETWORK } from "../../domain/forecast/lines.ts";
import { wireBytesOf } from "../../domain/lines/wire-bytes.ts";
import { byMedium, type Courier, type Crossed, type Load } from "../../domain/media/by-courier.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Address, Hierarchy } from "../../domain/sites/hierarchy.ts";
import { sharedSite } from "../../domain/sites/neighbours.ts";
import type { LineSpeeds } from "../addresses/line-speeds.ts";
import type { MeasuredRates } from "../addresses/measured-rates.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Clock } from "../ports/clock.ts";
import { PER_ADDRESS, PER_SYSTEM } from "../runs/release.ts";
import { stepThrough } from "../step-through.ts";

export interface WayDeps {
  measured: Pick<MeasuredRates, "rates">;
  speeds: Pick<LineSpeeds, "slower">;
  fleet: Pick<Fleet, "lastSeenHere">;
  clock: Clock;
}

type Times = Pick<MediaPlan["orders"][number], "lineAt" | "open" | "expectedAt">;

/** What goes by the medium and what by the line, and when it is there, by the id of its staging. */
export interface Ways extends Load {
  times: ReadonlyMap<string, Times>;
}

/** bit/s of a network that limits nothing. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** The lines to a system, its own first; empty on the coordinator's own network. */
type PathTo = (system: string) => readonly Address[];

/** @returns Which way each staging goes. Without a courier everything goes by the medium. */
export function createWays({ measured, speeds, fleet, clock }: WayDeps) {
  /** When the line has brought each, ms since 1970; of what neighbours share, when the last of them has its part. */
  async function lineTimes(phases: readonly Phase[], hierarchy: Hierarchy, pathTo: PathTo): Promise<Map<string, Times>> {
    const now = clock();
    const known = new Map([...measured.rates(), ...speeds.slower()]);
    const { value } = await stepThrough(
      forecast({
        now,
        runs: new Map(phases.map(({ run }) => [run, { createdAt: now }])),
        phases,
        pathTo,
        // Whether a line exists is the question, not whether the agent is there now.
        isConnected: () => true,
        sharedSite: (system) => sharedSite(hierarchy, system),
        measured: new Map([[OWN_NETWORK, NO_LIMIT], ...known]),
        limits: { perSystem: PER_SYSTEM, perAddress: PER_ADDRESS },
      }),
    );
    const opens = new Map(
      [...value.byRun.values()].flatMap(({ addresses }) => addresses.map(({ address, open }) => [address, open] as const)),
    );
    const last = new Map<string, number>();
    for (const phase of phases) {
      const content = `${groupOf(phase, hierarchy)} ${phase.manifest}`;
      last.set(content, Math.max(last.get(content) ?? 0, value.servedAt.get(phase.id) ?? Infinity));
    }
    // A system without an address may be on the coordinator's own network, which limits nothing as far as known, or on one without a line.
    const isReached = ({ system, address }: Phase): boolean =>
      address !== undefined || known.has(OWN_NETWORK) || fleet.lastSeenHere(system) !== undefined;
    return new Map(
      phases.map((phase): [string, Times] => {
        if (!isReached(phase)) return [phase.id, { open: "no-rate" }];
        const lineAt = last.get(`${groupOf(phase, hierarchy)} ${phase.manifest}`) ?? Infinity;
        const open = opens.get(phase.address);
        return [phase.id, lineAt < Infinity ? { lineAt: Math.round(lineAt) } : open === undefined ? {} : { open }];
      }),
    );
  }

  /** The lines that each crosses. One that others lead to is asked by itself, as if it were as far as their bytes go. */
  async function crossedBy(
    phases: readonly Phase[],
    hierarchy: Hierarchy,
    { alone, pathTo }: { alone: ReadonlyMap<string, Times>; pathTo: PathTo },
  ): Promise<Map<string, Crossed[]>> {
    const crossed = new Map(phases.map(({ id }): [string, Crossed[]] => [id, []]));
    const byLine = new Map<string, { line: Address | undefined; isShared: boolean; own: Phase[] }>();
    for (const phase of phases) {
      const path = pathTo(phase.system);
      for (const line of path.length === 0 ? [undefined] : path) {
        const key = line?.key ?? OWN_NETWORK;
        const known = byLine.get(key) ?? { line, isShared: false, own: [] };
        byLine.set(key, known);
        known.isShared ||= path.length > 1;
        known.own.push(phase);
      }
    }
    for (const [key, { line, isShared, own }] of byLine) {
      const times =
        line && isShared
          ? await lineTimes(
              own.map((phase) => ({ ...phase, address: key })),
              hierarchy,
              () => [line],
            )
          : alone;
      for (const { id } of own) {
        const at = times.get(id)?.lineAt;
        if (at !== undefined) crossed.get(id)?.push({ line: key, at });
      }
    }
    return crossed;
  }

  return async (phases: readonly Phase[], hierarchy: Hierarchy, courier: Courier | undefined): Promise<Ways> => {
    const pathTo = pathsIn(hierarchy);
    const alone = await lineTimes(phases, hierarchy, pathTo);
    if (!courier) return { goes: phases.map(() => true), parts: new Map(), times: alone };
    const crossed = await crossedBy(phases, hierarchy, { alone, pathTo });
    const parcels = phases.map((phase) => ({
      manifest: phase.manifest ?? "",
      bytes: phase.sourceBytes,
      listBytes: phase.manifestBytes,
      group: groupOf(phase, hierarchy),
      lines: crossed.get(phase.id) ?? [],
      wireBytes: wireBytesOf(phase),
      lineAt: alone.get(phase.id)?.lineAt,
    }));
    const { goes, parts } = byMedium(parcels, courier, clock());
    const partOf = ({ manifest = "" }: Phase): number | undefined => parts.get(manifest);
    const left = phases.flatMap((phase, i) => {
      if (!goes[i]) return [phase];
      const part = partOf(phase);
      return part === undefined ? [] : [{ ...phase, presentBytes: Math.max(part, phase.presentBytes ?? 0) }];
    });
    const then = await lineTimes(left, hierarchy, pathTo);
    const expected = (phase: Phase, byMediumToo: boolean): number | undefined => {
      const rest = then.get(phase.id)?.lineAt;
      if (!byMediumToo) return rest;
      return partOf(phase) === undefined ? courier.arrives : rest === undefined ? undefined : Math.max(courier.arrives, rest);
    };
    const times = phases.map((phase, i) => {
      const expectedAt = expected(phase, goes[i] ?? false);
      return [phase.id, { ...alone.get(phase.id), ...(expectedAt === undefined ? {} : { expectedAt }) }] as const;
    });
    return { goes, parts, times: new Map(times) };
  };
}

function pathsIn(hierarchy: Hierarchy): PathTo {
  const paths = new Map<string, readonly Address[]>();
  return (system) => {
    const path = paths.get(system) ?? addressPath(hierarchy, system);
    paths.set(system, path);
    return path;
  };
}

/** Neighbours are one: what one of them is sent the others fetch from it. */
function groupOf({ system }: Phase, hierarchy: Hierarchy): string {
  const site = sharedSite(hierarchy, system);
  return site === undefined ? `system ${system}` : `site ${site}`;
}
