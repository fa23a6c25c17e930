import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";

/** Asking the system that keeps the backups would need a line to it, and what is to be alerted of is that there is none. */
const noteOf = (own: string, system: string) => join(own, `kept-by-${encodeURIComponent(system)}.json`);

/** When the newest run began that this system keeps, ms since 1970; undefined: not known. @param own Sitewright's own folder. */
export async function readKept(own: string, system: string): Promise<number | undefined> {
  try {
    const { began } = JSON.parse(await readFile(noteOf(own, system), "utf8")) as { began?: unknown };
    return typeof began === "number" ? began : undefined;
  } catch {
    return undefined; // nothing was copied there yet, or the next copy writes it again
  }
}

export async function writeKept(own: string, system: string, began: number): Promise<void> {
  await writeFileAtomic(noteOf(own, system), `${JSON.stringify({ began })}\n`, 0o600);
}
