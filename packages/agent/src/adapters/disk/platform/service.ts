import { createHash } from "node:crypto";
import { join } from "node:path";
import { systemdService } from "../../service/systemd.ts";
import { windowsService } from "../../service/windows.ts";
import { systemdServices } from "../../site-backup/systemd-services.ts";
import { windowsServices } from "../../site-backup/windows-services.ts";
import type { SystemService } from "../../service/port.ts";

/** How the agent is a service of this operating system. */
export const systemService: SystemService = process.platform === "win32" ? windowsService : systemdService;

/** The services of this machine that a site backup stops and starts. */
export const siteServices = process.platform === "win32" ? windowsServices : systemdServices;

/** Where the service that makes site backups listens, unless something else is said. */
export const BACKUP_SOCKET =
  process.platform === "win32" ? String.raw`\\.\pipe\sitewright-site-backup` : "/run/sitewright-site-backup/socket";

/** Where the agent that runs on a data folder is asked: in that, which is closed to other accounts; on Windows a pipe, which others cannot write to. */
export function agentSocket(dataDir: string): string {
  if (process.platform !== "win32") return join(dataDir, "agent.sock");
  return `\\\\.\\pipe\\sitewright-agent-${createHash("sha256").update(dataDir.toLowerCase()).digest("hex").slice(0, 16)}`;
}
