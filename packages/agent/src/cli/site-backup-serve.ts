import { statSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import { createLogger } from "../adapters/logger.ts";
import { serveBackups } from "../adapters/site-backup/backup-socket.ts";
import { createBackupService } from "../app/site-backup/backup-service.ts";
import type { ListedRun } from "../app/site-backup/ports.ts";
import type { LogLevel } from "../config.ts";
import { alertsOf } from "../app/site-backup/alerts.ts";
import { readVerified } from "../adapters/site-backup/last-verified.ts";
import { listSiteBackups, recoverSiteBackup, runSiteBackup, verifySiteBackup, type RunBackupFlags } from "./site-backup.ts";
import { createCopyService, type CopyService, type CopyServiceDeps } from "../app/site-backup/copy-service.ts";
import { systemService } from "../adapters/disk/platform/service.ts";
import { copySiteBackup } from "./site-backup-copy.ts";
import { copyToSystem } from "./site-backup-line.ts";
import { numberOf, ownFolderOf } from "./site-backup-control.ts";
import { restoreAlerts } from "./site-backup-restore.ts";
import { trialAlerts } from "./site-backup-trial.ts";

export interface ServeFlags extends RunBackupFlags {
  /** `HH:MM`. */
  daily?: string;
  /** False: backups are made only when somebody asks. */
  schedule: boolean;
  socket: string;
  /** Days. */
  verifyIn: string;
  /** Hours. */
  alertAfter: string;
  /** Data folder of the agent that may ask. */
  agent?: string;
  /** Folder of a second store. */
  copyTo?: string;
  copyLimit?: string;
  /** The system that keeps a second store. */
  copyToSystem?: string;
}

/** `site-backup serve`: starts what an earlier run left stopped, then makes backups when they are due or asked for. */
export async function serveSiteBackups(file: string, flags: ServeFlags, level: LogLevel, signal: AbortSignal): Promise<void> {
  const daily = scheduleOf(flags);
  const { log } = createLogger({ level, system: "site-backup", keep: () => undefined });
  const { faults, restore } = await recoverSiteBackup(file);
  if (faults) log("warn", "an earlier backup was ended from outside: the services were started", { faults });
  for (const fact of restore) log("warn", fact);
  const cycle = numberOf("--verify-in", flags.verifyIn, 100);
  const limitMs = numberOf("--alert-after", flags.alertAfter, 10_000) * 3_600_000;
  const copies = copyServices(file, flags, { limitMs, log }, signal);
  const service = createBackupService(
    {
      async alerts(runs) {
        const own = ownFolderOf(file);
        return [
          ...(await restoreAlerts(own)),
          ...(await Promise.all(copies.map((one) => one.alerts()))).flat(),
          ...(await trialAlerts(own)),
          ...alertsOf({ runs, verified: await readVerified(own), now: Date.now(), limitMs }),
        ];
      },
      make: async (stop) => {
        await Promise.all(copies.map((one) => one.pause()));
        try {
          const record = await runSiteBackup(file, flags, stop);
          // Another part each day, so that a cycle reads all of it.
          const nth = (Math.floor(Date.now() / DAY_MS) % cycle) + 1;
          if (record.state === "complete") await verifySiteBackup(file, { part: `${nth}/${cycle}` });
          return record;
        } finally {
          for (const one of copies) one.resume();
        }
      },
      list: () => listed(file),
      verified: () => readVerified(ownFolderOf(file)),
      now: Date.now,
      log,
      ...(daily ? { daily } : {}),
    },
    signal,
  );
  for (const one of copies) one.resume();
  const uid = flags.agent === undefined ? undefined : statSync(flags.agent).uid;
  await using _ = await serveBackups(service, { path: flags.socket, ...(uid === undefined ? {} : { uid }) });
  log("info", "backups of the site are served", { socket: flags.socket, schedule: flags.daily ?? "none" });
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
  await service.idle();
  await Promise.all(copies.map((one) => one.pause()));
}

const DAY_MS = 86_400_000;

function copyServices(file: string, flags: ServeFlags, deps: Pick<CopyServiceDeps, "limitMs" | "log">, signal: AbortSignal): CopyService[] {
  const { copyTo, copyToSystem: system, agent = systemService.dataDir } = flags;
  const services: CopyService[] = [];
  // The backup itself is open for one of them at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(stop: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => {
      stop.throwIfAborted();
      return work();
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  const hasRun = async (): Promise<boolean> => (await listSiteBackups(file).catch(() => [])).some(({ state }) => state === "complete");
  if (copyTo !== undefined) {
    const copy = async (stop: AbortSignal) =>
      (await hasRun()) ? inTurn(stop, () => copySiteBackup(file, { ...flags, to: copyTo, again: true }, stop)) : undefined;
    const newest = async () => (await listSiteBackups(file, copyTo).catch(() => [])).find(({ state }) => state === "complete")?.began;
    services.push(createCopyService({ to: `to ${copyTo}`, copy, newest, ...deps }, signal));
  }
  if (system !== undefined) {
    let began: number | undefined;
    const copy = async (stop: AbortSignal) => {
      if (!(await hasRun())) return undefined;
      const copied = await inTurn(stop, () => copyToSystem(file, undefined, { system, agent }, stop));
      ({ began } = copied);
      return copied;
    };
    services.push(createCopyService({ to: `to ${system}`, copy, newest: async () => began, ...deps }, signal));
  }
  return services;
}

async function listed(file: string): Promise<ListedRun[]> {
  try {
    return await listSiteBackups(file);
  } catch (error) {
    if (SitewrightError.from(error).code === "NOT_FOUND") return [];
    throw error;
  }
}

/** Without a schedule only by an explicit word. */
function scheduleOf({ daily, schedule }: ServeFlags): { hour: number; minute: number } | undefined {
  if (!schedule && daily === undefined) return undefined;
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(daily ?? "") ?? [];
  if (!schedule || hour === undefined)
    throw new SitewrightError("BAD_REQUEST", "when are backups made? Write --daily HH:MM, or --no-schedule if only when somebody asks");
  return { hour: Number(hour), minute: Number(minute) };
}
