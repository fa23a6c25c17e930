import type { SiteBackupStatus } from "@sitewright/protocol/api";
import { request } from "./client.ts";

/** Questions at once: each one goes to an agent. */
const AT_ONCE = 4;

let asking = 0;
const waiting: (() => void)[] = [];

/** What the machine of a site server states of the backups of its site. */
export async function siteBackups(system: string): Promise<SiteBackupStatus> {
  if (asking >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  asking += 1;
  try {
    return await request<SiteBackupStatus>("GET", pathOf(system));
  } finally {
    asking -= 1;
    waiting.shift()?.();
  }
}

export function beginSiteBackup(system: string): Promise<SiteBackupStatus> {
  return request("POST", pathOf(system));
}

function pathOf(system: string): string {
  return `/api/v1/site-backups/${encodeURIComponent(system)}`;
}
