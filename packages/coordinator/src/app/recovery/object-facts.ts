import { foldName, packageOf, unitOf, type DefinitionKind } from "@sitewright/protocol";
import { definitionAt } from "../../domain/objects/definition-path.ts";
import type { Copy, ObjectFacts, Trace } from "../../domain/objects/findings.ts";
import { sitesBelow } from "../../domain/recovery/connection-check.ts";
import { makerOf } from "../../domain/sites/maker.ts";
import type { AgentContent } from "../agents/agent-content.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import type { SiteObjects } from "./parent-checks.ts";
import type { SiteWatch } from "./site-watch.ts";

/** Which systems are asked, and since when an answer of theirs is new enough, ms since 1970. */
export interface Asking {
  isMeant: (system: string) => boolean;
  since: number;
}

export interface FoundDefinitions {
  facts: ObjectFacts[];
  unreached: string[];
}

/** What is known of a site's objects: by its site data, the ledger, and what agents hold and remember. */
export interface ObjectFactsReader {
  packages(code: string): ObjectFacts[];
  /** Throws `SOURCE_UNREADABLE`. */
  definitions(reading: SiteDataReading, code: string, ask: Asking): Promise<FoundDefinitions>;
}

export interface ObjectFactsDeps {
  watch: Pick<SiteWatch, "packages">;
  fleet: Pick<Fleet, "allHeld">;
  links: Pick<AgentLinks, "isConnected">;
  content: Pick<AgentContent, "answers" | "definitions">;
  definitions: Pick<SiteObjects, "of">;
}

export function createObjectFacts({ watch, fleet, links, content, definitions: siteObjects }: ObjectFactsDeps): ObjectFactsReader {
  /** Every package with the site's code in its id, as the site data, the ledger and the agents have it. */
  function packages(code: string): ObjectFacts[] {
    const [known, stated] = [watch.packages.known(code), watch.packages.stated(code)];
    const copies = new Map<string, (Copy & { hasContent: boolean; manifest: string })[]>();
    const removed = new Map<string, string[]>();
    const traces = new Map<string, Trace[]>();
    for (const [system, units] of fleet.allHeld()) {
      for (const { unit, live, staged, sourceVersion: number, content, highestVersion = 0 } of units) {
        const id = packageOf(unit);
        if (id === undefined || makerOf(id) !== code) continue;
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
  async function definitions({ hierarchy, root }: SiteDataReading, code: string, ask: Asking): Promise<FoundDefinitions> {
    const facts = new Map<string, ObjectFacts & { copies: Copy[]; traces: Trace[] }>();
    const factsOf = (kind: DefinitionKind, id: string) => {
      const key = `${kind} ${foldName(id)}`;
      const { number: decided, content: brought } = watch.packages.decided(code).get(`${kind}/${id}`) ?? {};
      const found = facts.get(key) ?? {
        kind,
        id,
        copies: [],
        traces: [],
        removedFrom: [],
        ...(decided === undefined ? {} : { decided: { number: Number(decided), ...(brought === undefined ? {} : { content: brought }) } }),
      };
      facts.set(key, found);
      return found;
    };
    for (const { kind, id, number = 0, hash } of await siteObjects.of(root, code))
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
        return defined && foldName(makerOf(defined.id)) === foldName(code) ? factsOf(defined.kind, defined.id) : undefined;
      };
      for (const { path, number = 0, hash } of held.objects)
        own(path)?.copies.push({ system: name, number, content: hash, at: path, isConnected: true });
      for (const { path, number = 0 } of held.remembered) own(path)?.traces.push({ system: name, number });
    });
    await Promise.all(asked);
    return { facts: [...facts.values()], unreached: unreached.toSorted() };
  }

  return { packages, definitions };
}
