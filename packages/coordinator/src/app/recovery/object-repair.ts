import { DEFINITION_PLACES, foldName, packageOf, unitOf, type DefinitionKind } from "@sitewright/protocol";
import type { ObjectPlan } from "@sitewright/protocol/api";
import { findObjects, heldOtherwise, type Copy, type ObjectFacts, type ObjectFinding, type Trace } from "../../domain/objects/findings.ts";
import { issuedNumbers, type IssuedNumber } from "../../domain/objects/issued-numbers.ts";
import { sitesBelow } from "../../domain/recovery/connection-check.ts";
import type { AgentContent } from "../agents/agent-content.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { AgentLinks, Clock, SiteDataReading } from "../ports.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import { createObjectDecisions, type FoundObjects, type ObjectDecisionDeps, type ObjectDecisions } from "./object-decisions.ts";
import { siteOf } from "./package-watch.ts";
import type { SiteObjects } from "./parent-checks.ts";
import type { SiteWatch } from "./site-watch.ts";

/** Finds such objects, and carries out what a person decides about them. */
export interface ObjectRepair extends Pick<ObjectDecisions, "decide" | "undo" | "returning" | "stop"> {
  /** Changes nothing. Throws `NOT_FOUND`, `SITE_DATA_INVALID`. */
  plan(code: string): Promise<ObjectPlan>;
  /** What systems prove of a site's counters, by what they hold and held. Changes nothing, and throws as `plan`. */
  issued(code: string): Promise<IssuedNumber[]>;
  /**
   * What replacing the content of these client access points would lose of a site, by what they answered since then, ms since 1970. Changes
   * nothing, and throws as `plan`.
   */
  undecided(code: string, systems: ReadonlySet<string>, since: number): Promise<UndecidedObjects>;
}

/** Definitions about which nobody has decided. */
export interface UndecidedObjects {
  findings: ObjectFinding[];
  /** Of the systems that were asked about: those that hold them. */
  holders: string[];
  /** Of the same systems: those that could not be asked. */
  unreached: string[];
}

export interface ObjectRepairDeps extends Omit<ObjectDecisionDeps, "find"> {
  site: ObjectDecisionDeps["site"] & Pick<SiteView, "recent">;
  watch: ObjectDecisionDeps["watch"] & Pick<SiteWatch, "standing">;
  fleet: Pick<Fleet, "allHeld">;
  links: Pick<AgentLinks, "isConnected">;
  content: ObjectDecisionDeps["content"] & Pick<AgentContent, "answers" | "definitions">;
  definitions: Pick<SiteObjects, "of">;
  clock: Clock;
}

/** Which systems are asked, and since when an answer of theirs is new enough, ms since 1970. */
interface Asking {
  isMeant: (system: string) => boolean;
  since: number;
}

interface FoundDefinitions {
  facts: ObjectFacts[];
  unreached: string[];
}

/** What agents stated in this time proves numbers; ms. */
const MEMORY_MS = 60_000;

export function createObjectRepair(deps: ObjectRepairDeps): ObjectRepair {
  const { site, watch, fleet, links, content, definitions, clock } = deps;
  const decisions = createObjectDecisions({ ...deps, find });

  /** Every package with the site's code in its id, as the site data, the ledger and the agents have it. */
  function packagesOf(code: string): ObjectFacts[] {
    const [known, stated] = [watch.packages.known(code), watch.packages.stated(code)];
    const copies = new Map<string, (Copy & { hasContent: boolean; manifest: string })[]>();
    const removed = new Map<string, string[]>();
    const traces = new Map<string, Trace[]>();
    for (const [system, units] of fleet.allHeld()) {
      for (const { unit, live, staged, sourceVersion: number, content, highestVersion = 0 } of units) {
        const id = packageOf(unit);
        if (id === undefined || siteOf(id) !== code) continue;
        if (highestVersion > 0) traces.set(id, [...(traces.get(id) ?? []), { system, number: highestVersion }]);
        const isConnected = links.isConnected(system);
        const told = { hasContent: content !== undefined, manifest: live?.manifest ?? "" };
        if (live)
          copies.set(id, [
            ...(copies.get(id) ?? []),
            { system, number, content: content ?? live.manifest, at: live.manifest, isConnected, ...told },
          ]);
        else if (!staged) removed.set(id, [...(removed.get(id) ?? []), system]);
      }
    }
    return [...new Set([...known.keys(), ...stated.keys(), ...copies.keys()])].map((id): ObjectFacts => {
      const held = copies.get(id) ?? [];
      // Digests of contents and of manifests cannot be compared with each other.
      const areNamed = held.every(({ hasContent }) => hasContent);
      const [version, seen] = [stated.get(id), known.get(id)];
      return {
        kind: "package",
        id,
        ...(version === undefined ? {} : { stated: { number: version } }),
        ...(seen ? { known: seen } : {}),
        copies: held.map(({ system, number, content, isConnected, manifest }) => {
          return { system, number, content: areNamed ? content : manifest, at: manifest, isConnected };
        }),
        traces: traces.get(id) ?? [],
        removedFrom: removed.get(id) ?? [],
      };
    });
  }

  /** Every definition with the site's code in its id, as the site data and some client access points of it and the sites below have it. */
  async function definitionsOf({ hierarchy, root }: SiteDataReading, code: string, ask: Asking): Promise<FoundDefinitions> {
    const facts = new Map<string, ObjectFacts & { copies: Copy[]; traces: Trace[] }>();
    const factsOf = (kind: DefinitionKind, id: string) => {
      const key = `${kind} ${foldName(id)}`;
      const decided = watch.packages.decided(code).get(`${kind}/${id}`)?.["number"];
      const found = facts.get(key) ?? {
        kind,
        id,
        copies: [],
        traces: [],
        removedFrom: [],
        ...(decided === undefined ? {} : { decided: Number(decided) }),
      };
      facts.set(key, found);
      return found;
    };
    for (const { kind, id, number = 0, hash } of await definitions.of(root, code))
      if (kind === "package" || kind === "advertisement")
        factsOf(kind === "package" ? "program" : kind, id).stated = { number, content: hash };
    const below = sitesBelow(hierarchy, code);
    const unreached: string[] = [];
    const systems = [...hierarchy.systems.values()].filter(({ name, site: of }) => below.has(of) && ask.isMeant(name));
    const asked = systems.map(async ({ name, site: of, roles }) => {
      if (!content.answers(name)) return unreached.push(name);
      if (!roles.includes("cap")) return;
      const held = await content.definitions(name, unitOf("cap", of), ask.since).catch(() => undefined);
      if (!held) return unreached.push(name);
      const own = (path: string) => {
        const defined = definitionAt(path);
        return defined && foldName(siteOf(defined.id)) === foldName(code) ? factsOf(defined.kind, defined.id) : undefined;
      };
      for (const { path, number = 0, hash } of held.objects)
        own(path)?.copies.push({ system: name, number, content: hash, at: path, isConnected: true });
      for (const { path, number = 0 } of held.remembered) own(path)?.traces.push({ system: name, number });
    });
    await Promise.all(asked);
    return { facts: [...facts.values()], unreached: unreached.toSorted() };
  }

  async function find(code: string): Promise<FoundObjects> {
    const reading = await site.refresh();
    requireSite(reading.hierarchy, code);
    const { facts, unreached } = await definitionsOf(reading, code, { isMeant: () => true, since: clock() });
    return { reading, findings: findObjects([...packagesOf(code), ...facts]), unreached };
  }

  return {
    async plan(code) {
      const { reading, findings, unreached } = await find(code);
      const { signs } = watch.standing(requireSite(reading.hierarchy, code), reading.counts.get(code));
      const shown = findings.map(({ copies, traces: _, ...finding }) => ({
        ...finding,
        copies: copies.map(({ system, number, isConnected }) => ({ system, number, isConnected })),
      }));
      return { site: code, signs: [...signs], findings: shown, unreached, returning: decisions.returning(code) };
    },
    async issued(code) {
      const reading = await site.recent();
      requireSite(reading.hierarchy, code);
      const { facts } = await definitionsOf(reading, code, { isMeant: () => true, since: clock() - MEMORY_MS });
      return issuedNumbers([...packagesOf(code), ...facts]);
    },
    async undecided(code, systems, since) {
      const reading = await site.recent();
      requireSite(reading.hierarchy, code);
      const { facts, unreached } = await definitionsOf(reading, code, { isMeant: (name) => systems.has(name), since });
      const findings = heldOtherwise(findObjects(facts), systems);
      const holders = new Set(findings.flatMap(({ copies }) => copies.map(({ system }) => system)));
      return { findings, holders: [...holders].toSorted(), unreached };
    },
    ...decisions,
  };
}

/** What a file on a client access point defines. @param path Below the role root. */
function definitionAt(path: string): { kind: DefinitionKind; id: string } | undefined {
  const [, folder = "", name = ""] = path.split("/");
  const place = DEFINITION_PLACES.find((one) => foldName(one.folder) === foldName(folder) && name.toLowerCase().endsWith(one.end));
  return place && { kind: place.kind, id: name.slice(0, -place.end.length) };
}
