import { SitewrightError } from "@sitewright/protocol";

const HIGHEST = 0xfffff;

/** The number in a package id: its last five characters, hexadecimal. */
function numberOf(id: string): number {
  return Number.parseInt(id.slice(-5), 16);
}

/**
 * The next id of a site: above every one that was ever issued, for an id is reserved for ever. Throws `CONFLICT` when all are used.
 * @param serial Number of the last package, as the site states it; absent: it states none.
 */
export function nextPackageId(site: string, issued: Iterable<string>, serial: number | undefined): string {
  const next = 1 + Math.max(serial ?? 0, 0, ...[...issued].map(numberOf));
  if (next > HIGHEST)
    throw new SitewrightError("CONFLICT", `${site} has issued its highest package id: bring the package back under its own`);
  return `${site}${next.toString(16).toUpperCase().padStart(5, "0")}`;
}
