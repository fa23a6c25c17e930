import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeScratch } from "../scratch.ts";

/** Clients that each have a lookup, an instruction file and an offer: 60 files in all. */
export const CLIENTS = 20;
const FILLER = "; as the site server wrote it\n".repeat(100);

const FIRST_MODIFIED = 1_000_000_000;

export const lookupName = (client: number): string => `PC${String(client).padStart(5, "0")}.lkp`;

/**
 * The offers of one generation, which every file names in its first line and its last. Lookups keep their names; the files they refer to
 * have names of their own in each generation.
 */
export function writeOffers(inboxes: string, generation: number): void {
  const offers = join(inboxes, "offerinf.box");
  removeScratch(offers);
  for (const folder of [offers, join(inboxes, "pkginfo.box")]) mkdirSync(folder, { recursive: true });
  // Whole seconds apart, as real changes are: rsync takes files of one size and one second for the same.
  const modified = FIRST_MODIFIED + generation;
  const write = (path: string, line: string): void => {
    writeFileSync(join(inboxes, path), `; generation ${generation}\n${line}\n${FILLER}; end ${generation}\n`);
    utimesSync(join(inboxes, path), modified, modified);
  };
  for (let client = 0; client < CLIENTS; client++) {
    const name = `G${generation}C${client}`;
    write(`offerinf.box/${lookupName(client)}`, `PC${client}=${name}.ins`);
    write(`offerinf.box/${name}.ins`, `Offer=${name}.ofr`);
    write(`offerinf.box/${name}.ofr`, "Package=ABC00001");
  }
  for (const end of ["pkg", "nal"]) write(`pkginfo.box/ABC00001.${end}`, "Name=Office");
}
