import { isLoopback, LIMITS } from "@sitewright/protocol";
import type { CoordinatorMember } from "@sitewright/protocol/api";
import { addressPath } from "../../domain/addresses/address-path.ts";
import { contentServer } from "../../domain/agents/content-server.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { AgentLinks } from "../ports/agents.ts";

/** As the members know each other. */
export type KnownMember = Omit<CoordinatorMember, "serves">;

export interface MemberAddressesDeps {
  /** The coordinators that are there, this one first. */
  members: () => readonly Pick<KnownMember, "url">[];
  links: Pick<AgentLinks, "connected" | "send">;
  /** The coordinator that serves content to a system for this one; undefined: this one does. */
  serverOf: (system: string) => Pick<KnownMember, "url"> | undefined;
}

/**
 * Tells agents, as soon as there are several coordinators, where they answer, and which one serves content: who joined one of them follows to
 * the one that leads later.
 */
export function createMemberAddresses({ members, links, serverOf }: MemberAddressesDeps): { look(): Promise<void> } {
  /** By system: its connection, and what it was told over it. */
  const told = new Map<string, { since: number; urls: readonly string[]; content: string }>();
  return {
    async look() {
      const now = addressesOf(members());
      // Where there was never another one, nothing has to be looked for among thousands of agents.
      if (now.length < 2 && told.size === 0) return;
      const connected = links.connected();
      const news = connected.flatMap(({ system, since }) => {
        const known = told.get(system);
        const before = known?.since === since ? known : undefined;
        // Of several that one is left of it forgets none: that one may be lost next, and another one have come back.
        const urls = now.length > 1 ? now : (before?.urls ?? []);
        const server = serverOf(system)?.url;
        const content = server !== undefined && now.includes(server) ? server : "";
        if (urls.length === 0 || (before?.content === content && before.urls.join() === urls.join())) return [];
        told.set(system, { since, urls, content });
        return [{ system, urls: [...urls], content }];
      });
      const there = new Set(connected.map(({ system }) => system));
      for (const system of told.keys()) if (!there.has(system)) told.delete(system);
      await Promise.all(news.map(({ system, urls, content }) => links.send(system, { kind: "coordinators", urls, content })));
    },
  };
}

export interface ContentServersDeps {
  hierarchy: () => Hierarchy | undefined;
  /** The coordinators that are there, this one first. */
  members: () => readonly KnownMember[];
  /** Ids of those that serve content for this one. */
  serving: () => readonly string[];
}

/** Divides the lines of the hierarchy among the coordinator that leads and those that serve for it. @returns As `serverOf` above. */
export function contentServers({ hierarchy, members, serving }: ContentServersDeps): (system: string) => KnownMember | undefined {
  return (system) => {
    const [own, ...others] = members();
    const known = hierarchy();
    if (!own || others.length === 0 || !known) return undefined;
    const line = addressPath(known, system).at(-1)?.key ?? system;
    const server = contentServer(line, [own.member, ...serving()]);
    return others.find(({ member }) => member === server);
  };
}

/** Those that agents reach: the ones that listen on their own machine alone only if this one does, too. */
function addressesOf(members: readonly Pick<KnownMember, "url">[]): string[] {
  const urls = members.flatMap(({ url }) => URL.parse(url) ?? []);
  const isLocal = urls[0] !== undefined && isLoopback(urls[0].hostname);
  const reached = urls.filter(({ hostname }) => isLocal || !isLoopback(hostname)).map(({ origin }) => origin);
  return [...new Set(reached)].sort().slice(0, LIMITS.coordinators);
}
