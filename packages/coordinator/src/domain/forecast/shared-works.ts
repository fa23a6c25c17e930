import { manifestWireBytes } from "../wire-bytes.ts";
import type { Work } from "./works.ts";

export interface Neighbourhood {
  /** Of systems that fetch from each other what one of them has; undefined: it fetches all for itself. */
  sharedSite: (system: string) => string | undefined;
  isConnected: (system: string) => boolean;
}

/**
 * Neighbours fetch from each other what one of them has: of content that several get, only what the readiest of them lacks crosses the
 * line, a part of it for each. The manifest crosses for everybody.
 */
export function sharedWorks(works: readonly Work[], { sharedSite, isConnected }: Neighbourhood): Work[] {
  const contentOf = ({ phase }: Work): string | undefined => {
    const site = sharedSite(phase.system);
    return site === undefined || phase.manifest === undefined ? undefined : `${site} ${phase.manifest}`;
  };
  const holders = Map.groupBy(
    works.filter(({ phase, state, wireBytes }) => state !== "failed" && wireBytes !== undefined && isConnected(phase.system)),
    contentOf,
  );
  return works.map((work) => {
    const content = contentOf(work);
    const sharing = content === undefined ? [] : (holders.get(content) ?? []);
    if (!work.wireBytes || !sharing.some((other) => other !== work)) return work;
    const manifest = manifestWireBytes(work.phase);
    const lacking = Math.max(0, Math.min(...sharing.map(({ wireBytes = 0 }) => wireBytes)) - manifest);
    const parts = sharing.filter(({ state }) => state === "open").length;
    const own = isConnected(work.phase.system) ? lacking / Math.max(1, parts) : 0;
    return { ...work, wireBytes: Math.min(work.wireBytes, own + manifest) };
  });
}
