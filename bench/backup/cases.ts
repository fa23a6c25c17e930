import type { Case } from "../case.ts";
import { siteBackup } from "./site-backup.ts";

/** In the order of their output. */
export const BACKUP_CASES: readonly Case[] = [siteBackup];
