import type { Command } from "commander";
import { SitewrightError, terminalLine } from "@sitewright/protocol";
import { print } from "@sitewright/node-kit/output";
import { renderTable } from "../../render/table.ts";

/** What there is in site data, and what of them cannot be used. */
export interface SiteDataFacts {
  /** By what is counted. */
  counts: Readonly<Record<string, number>>;
  /** Units that cannot be read, references that lead nowhere. */
  faults: { code: string; message: string }[];
}

/** Throws `SITE_DATA_INVALID`. */
export type ReadSiteData = (folder: string) => Promise<SiteDataFacts>;

/** Faults that are listed one by one. */
const SHOWN = 20;

/** site-backup read: whether a coordinator could work with site data that were restored. */
export function addRead(siteBackup: Command, readSiteData: ReadSiteData): void {
  siteBackup
    .command("read")
    .argument("<site-data>", "a folder of site data, such as a restored one")
    .description("read site data as a coordinator would, with all their bytes, and say what cannot be used; sends and changes nothing")
    .option("--like <site-data>", "compare with these, such as the live ones; less of something is a fault")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .helpOption("-h, --help", "this text")
    .action(async (folder: string, { like, json }: { like?: string; json?: true }) => {
      const read = await readSiteData(folder);
      const other = like === undefined ? undefined : await readSiteData(like);
      const faults = [...read.faults, ...fewer(read, other)];
      print(json ? JSON.stringify({ ...read, faults, ...(other ? { like: other.counts } : {}) }) : render({ ...read, faults }, other));
      const [first] = faults;
      if (first) throw new SitewrightError("SITE_DATA_INVALID", `${folder} cannot be relied on: ${first.message}`, { path: folder });
    });
}

function fewer({ counts }: SiteDataFacts, other: SiteDataFacts | undefined): SiteDataFacts["faults"] {
  return Object.entries(other?.counts ?? {}).flatMap(([what, count]) =>
    (counts[what] ?? 0) < count
      ? [{ code: "SITE_DATA_SHRANK", message: `${what}: ${counts[what] ?? 0}, and ${count} in what it is compared with` }]
      : [],
  );
}

function render({ counts, faults }: SiteDataFacts, other: SiteDataFacts | undefined): string {
  const table = renderTable(
    [
      { head: "what", value: ([what]) => what },
      { head: "count", value: ([, count]) => String(count), align: "right" as const },
      ...(other
        ? [{ head: "compared with", value: ([what]: [string, number]) => String(other.counts[what] ?? 0), align: "right" as const }]
        : []),
    ],
    Object.entries(counts),
  );
  const listed = faults.slice(0, SHOWN).map(({ code, message }) => terminalLine(`  ${code}: ${message}`));
  if (faults.length > SHOWN) listed.push(`  and ${faults.length - SHOWN} more`);
  return [table, faults.length === 0 ? "everything can be read, and every reference leads somewhere" : "cannot be used:", ...listed].join(
    "\n",
  );
}
