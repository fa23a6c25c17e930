import { resolve } from "node:path";
import { openScratchFolder } from "@sitewright/node-kit/scratch-folder";
import { SitewrightError, unitKey } from "@sitewright/protocol";
import { openContentIndex } from "./adapters/content-index/content-index.ts";
import { nativeSiteData } from "./adapters/site-data/native-site-data.ts";
import type { ReadSiteData, SiteDataFacts } from "./cli/commands/site-backup/read.ts";

/** Reads site data as a coordinator would, and every byte of their units, without one: nothing is sent, and nothing of them is changed. */
export const readSiteData: ReadSiteData = async (folder) => {
  const siteData = resolve(folder);
  const reading = await nativeSiteData(siteData).read();
  const faults = reading.problems.filter(({ leftOut }) => leftOut).map(({ code, message }) => ({ code, message }));
  using scratch = openScratchFolder("read");
  const index = await openContentIndex({ siteData, dataDir: scratch.path });
  try {
    const how = { root: reading.root, witness: false, rehash: true, acceptOlder: true };
    for (const source of reading.units) {
      const { signal } = new AbortController();
      await index.index(source, { ...how, onProgress: () => undefined, signal }).catch((error: unknown) => {
        const { code, message } = SitewrightError.from(error);
        faults.push({ code, message: `${unitKey(source.unit)}: ${message}` });
      });
    }
  } finally {
    await index.close();
  }
  return { counts: countsOf(reading), faults };
};

type Reading = Awaited<ReturnType<ReturnType<typeof nativeSiteData>["read"]>>;

function countsOf({ hierarchy, units, counts }: Reading): SiteDataFacts["counts"] {
  const sum: Record<string, number> = { sites: hierarchy.sites.size, systems: hierarchy.systems.size, units: units.length };
  for (const of of counts.values())
    for (const [what, count] of Object.entries(of)) if (typeof count === "number") sum[what] = (sum[what] ?? 0) + count;
  return sum;
}
