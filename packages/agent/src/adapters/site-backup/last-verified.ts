import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { LastVerified } from "../../app/site-backup/alerts.ts";

const NAME = "verified.json";

/** @param folder Sitewright's own, in that of the backup. @returns Undefined: nothing was verified, or the file cannot be read: the next verification writes it again. */
export async function readVerified(folder: string): Promise<LastVerified | undefined> {
  try {
    const verified = JSON.parse(await readFile(join(folder, NAME), "utf8")) as Partial<LastVerified>;
    return typeof verified.run === "string" && typeof verified.bad === "number" ? (verified as LastVerified) : undefined;
  } catch {
    return undefined;
  }
}

export async function writeVerified(folder: string, verified: LastVerified): Promise<void> {
  await writeFileAtomic(join(folder, NAME), `${JSON.stringify(verified)}\n`, 0o600);
}
