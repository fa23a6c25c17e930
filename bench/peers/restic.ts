import { join } from "node:path";
import { time } from "../machine/processes.ts";

/** A repository of restic. */
export interface Repository {
  folder: string;
  /** @returns Seconds. */
  backup(source: string): Promise<number>;
}

/** Makes an empty repository. @param caches Folder for restic's cache. */
export async function restic(folder: string, caches: string): Promise<Repository> {
  const env = { RESTIC_REPOSITORY: folder, RESTIC_PASSWORD: "bench", RESTIC_CACHE_DIR: join(caches, "restic-cache") };
  await time("restic", ["init", "--quiet"], { env });
  return { folder, backup: (source) => time("restic", ["backup", "--quiet", source], { env }) };
}
