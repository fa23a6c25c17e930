import { isLoopback, LIMITS } from "@sitewright/protocol";
import type { CoordinatorMember } from "@sitewright/protocol/api";
import type { AgentLinks } from "../ports.ts";

export interface MemberAddressesDeps {
  /** The coordinators that are there, this one first. */
  members: () => readonly Pick<CoordinatorMember, "url">[];
  links: Pick<AgentLinks, "connected" | "send">;
}

/** Tells agents where the coordinators answer as soon as there are several: who joined one of them follows to the one that leads later. */
export function createMemberAddresses({ members, links }: MemberAddressesDeps): { look(): Promise<void> } {
  /** By system: the connection, and what it was told over it. */
  let told = new Map<string, string>();
  return {
    async look() {
      const urls = addressesOf(members());
      if (urls.length < 2) return;
      const now = new Map(links.connected().map(({ system, since }) => [system, `${since} ${urls.join(" ")}`]));
      const news = [...now].filter(([system, text]) => told.get(system) !== text);
      told = now;
      await Promise.all(news.map(([system]) => links.send(system, { kind: "coordinators", urls })));
    },
  };
}

/** Those that agents reach: the ones that listen on their own machine alone only if this one does, too. */
function addressesOf(members: readonly Pick<CoordinatorMember, "url">[]): string[] {
  const urls = members.flatMap(({ url }) => URL.parse(url) ?? []);
  const isLocal = urls[0] !== undefined && isLoopback(urls[0].hostname);
  const reached = urls.filter(({ hostname }) => isLocal || !isLoopback(hostname)).map(({ origin }) => origin);
  return [...new Set(reached)].sort().slice(0, LIMITS.coordinators);
}
