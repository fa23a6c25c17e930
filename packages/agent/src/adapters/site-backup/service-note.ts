import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { ServiceNote } from "../../app/site-backup/backup-warnings.ts";

/** @param dataDir Of the agent. */
export function noteOfService(dataDir: string): ServiceNote {
  const path = join(dataDir, "site-backup");
  return {
    path,
    isThere: () => existsSync(path),
    write: () => writeFileAtomic(path, "backups of a site are made on this machine\n", 0o600),
  };
}
