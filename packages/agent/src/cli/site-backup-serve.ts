import { statSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import { createLogger } from "../adapters/logger.ts";
import { serveBackups } from "../adapters/site-backup/backup-socket.ts";
import { createBackupService } from "../app/site-backup/backup-service.ts";
import type { ListedRun } from "../app/site-backup/ports.ts";
import type { LogLevel } from "../config.ts";
import { alertsOf } from "../app/site-backup/alerts.ts";
import { owedAlerts } from "../app/site-backup/start-owed.ts";
import { readVerified } from "../adapters/site-backup/last-verified.ts";
import { listSiteBackups, recoverSiteBackup, runSiteBackup, verifyDue, type RunBackupFlags } from "./site-backup.ts";
import { createCopyService, type CopyService, type CopyServiceDeps } from "../app/site-backup/copy-service.ts";
import { systemService } from "../adapters/disk/platform/service.ts";
import { readKept, writeKept } from "../adapters/site-backup/kept-note.ts";
import { copySiteBackup } from "./site-backup-copy.ts";
import { copyToSystem } from "./site-backup-line.ts";
import { numberOf, ownFolderOf, startPorts } from "./site-backup-control.ts";
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
  if (faults?.length === 0) log("warn", "an earlier backup was ended from outside: the services were started");
  else if (faults) log("error", "an earlier backup left services stopped, and not all could be started", { faults });
  for (const fact of restore) log("warn", fact);
  const cycle = numberOf("--verify-in", flags.verifyIn, 100);
  const limitMs = numberOf("--alert-after", flags.alertAfter, 10_000) * 3_600_000;
  const copies = copyServices(file, flags, { limitMs, log }, signal);
  const readBack = async (stop: AbortSignal) => {
    try {
      const { unnoted, bad } = await verifyDue(file, cycle, stop);
      if (unnoted !== undefined) log("error", `what was read back of the backup of the site is not noted: ${unnoted}`, { bad: bad.length });
    } catch (error) {
      // The backup is made, all the same.
      if (!stop.aborted) log("error", `the backup of the site was not read back: ${SitewrightError.from(error).message}`);
    }
  };
  const service = createBackupService(
    {
      async alerts(runs) {
        const own = ownFolderOf(file);
        return [
          ...(await owedAlerts(startPorts(own), runs)),
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
          if (record.state === "complete") await readBack(stop);
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
    const copy = async (stop: AbortSignal) => {
      if (!(await hasRun())) return undefined;
      const copied = await inTurn(stop, () => copyToSystem(file, undefined, { system, agent }, stop));
      await writeKept(ownFolderOf(file), system, copied.began);
      return copied;
    };
    services.push(createCopyService({ to: `to ${system}`, copy, newest: () => readKept(ownFolderOf(file), system), ...deps }, signal));
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
