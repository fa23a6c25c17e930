import type { Command } from "commander";
import { SitewrightError, terminalLine, plural } from "@sitewright/protocol";
import { print, tell } from "@sitewright/node-kit/output";
import type { Verified } from "../adapters/site-backup/read-run.ts";
import { BACKUP_SOCKET, systemService } from "../adapters/disk/platform/service.ts";
import { parseConfig } from "../config.ts";
import { addRestore, addTrial } from "./site-backup-restore-verbs.ts";
import type { ServeFlags } from "./site-backup-serve.ts";
import type { Copied, CopyFlags } from "./site-backup-copy.ts";
import type { RetentionFlags } from "./site-backup-control.ts";
import type { KeeperFlags } from "./site-backup-line.ts";
import type { ListedRun } from "../app/site-backup/ports.ts";
import type { RunBackupFlags } from "./site-backup.ts";

/** Loaded only when needed: an agent that serves orders uses none of it. */
const verbs = () => import("./site-backup.ts");

const line = () => import("./site-backup-line.ts");

const AGENT = [
  "--agent <folder>",
  "data folder of this machine's agent, by whose key the coordinator knows this system",
  systemService.dataDir,
] as const;

/** Findings that are listed one by one. */
const SHOWN = 20;

/** site-backup: the backup of the site whose server this machine is. */
export function addSiteBackup(program: Command, stopSignal: () => AbortSignal): void {
  const siteBackup = program.command("site-backup").description("the backup of the site whose server this machine is, by a control file");
  const verb = (name: string, description: string) =>
    siteBackup
      .command(name)
      .description(description)
      .argument("<control-file>", "only the administrator may write it")
      .option("--json", "print one JSON document");

  withRetention(verb("run", "make a snapshot: stop the services, save the four parts, start the services"))
    .option("--limit <minutes>", "longest time that the services are stopped", "240")
    .action(async (file: string, flags: RunBackupFlags & { json?: true }) => {
      const record = await (await verbs()).runSiteBackup(file, flags, stopSignal());
      print(flags.json ? JSON.stringify(record) : renderRun(record));
      for (const fault of record.faults) tell(fault);
      if (record.state !== "complete")
        throw new SitewrightError("IO_ERROR", `the run ${record.run} is ${record.state}: it restores no site; see above`);
    });
  onSystem(fromCopy(verb("list", "all runs, the newest first"))).action(async (file: string, { json, copy, ...where }: ListFlags) => {
    const flags = keeperOf(where);
    const runs = flags ? await (await line()).listOnSystem(flags, stopSignal()) : await (await verbs()).listSiteBackups(file, copy);
    print(json ? JSON.stringify(runs) : runs.length === 0 ? "no run yet" : runs.map(renderRun).join("\n"));
  });
  withRetention(verb("copy", "copy a run into a store in another folder, or on another system: only what that has not"))
    .option("--to <folder>", "closed to others, such as one on another disk; made if it is not there")
    .option("--to-system <system>", "that keeps backups, through the coordinator; how many are kept is decided there")
    .option("--from-system <system>", "bring a run back from there, to be restored here")
    .option(...AGENT)
    .option("--run <run>", "this one (default: the newest complete one)")
    .option("--copy-limit <Mbit/s>", "how fast at most")
    .action(async (file: string, { json, ...asked }: CopyAsked & { json?: true }) => {
      const { copied, place } = await copy(file, asked, stopSignal());
      print(json ? JSON.stringify(copied) : `${place} holds the run ${copied.run}, and grew by ${plural(copied.added, "byte")}`);
      for (const fault of copied.faults) tell(fault);
    });
  verb("archive", "keep a run under a name: no retention removes it")
    .option("--run <run>", "this one (default: the newest complete one)")
    .option("--name <name>", "what it is kept for")
    .option("--remove", "from then on it is a run like others")
    .action(async (file: string, { run, name, remove, json }: { run?: string; name?: string; remove?: true; json?: true }) => {
      if ((name === undefined) !== (remove === true)) throw new SitewrightError("BAD_REQUEST", "write --name NAME, or --remove");
      const archived = await (await verbs()).archiveSiteBackup(file, run, name);
      print(
        json
          ? JSON.stringify({ run: archived, name: name ?? null })
          : name === undefined
            ? `${archived} is no longer archived`
            : `${archived} is archived as ${terminalLine(name)}`,
      );
    });
  onSystem(fromCopy(verb("verify", "read a run back; changes nothing")))
    .option("--run <run>", "this one (default: the newest complete one)")
    .option("--part <n/m>", "read the n-th of m shares of the files, so that m verifications read all", "1/1")
    .action(async (file: string, { json, copy: folder, system, agent, ...asked }: ListFlags & { run?: string; part: string }) => {
      const flags = keeperOf({ system, agent });
      const here = { ...asked, ...(folder === undefined ? {} : { copy: folder }) };
      const verified = flags
        ? await (await line()).verifyOnSystem(asked, flags, stopSignal())
        : await (await verbs()).verifySiteBackup(file, here);
      print(json ? JSON.stringify(verified) : renderVerified(verified));
      if (verified.unnoted !== undefined) tell(`this could not be noted, so that no alert knows of it: ${verified.unnoted}`);
      if (verified.bad.length > 0)
        throw new SitewrightError(
          "SNAPSHOT_DAMAGED",
          `${affected(verified)}: restore another run, make a new one, which stores again what is damaged, and check the disk of the backup`,
        );
    });
  addRestore(verb, stopSignal);
  addTrial(verb, stopSignal);
  verb("recover", "after the machine was restarted: start what a run left stopped, keep stopped what a restore holds").action(
    async (file: string, { json }: { json?: true }) => {
      const { faults, restore } = await (await verbs()).recoverSiteBackup(file);
      const said = [...(faults?.length === 0 ? ["the services were started"] : []), ...restore];
      print(
        json
          ? JSON.stringify({ owed: faults !== undefined, faults: faults ?? [], restore })
          : said.length > 0
            ? said.join("\n")
            : faults
              ? "not all services could be started"
              : "nothing is left to be started",
      );
      if (faults && faults.length > 0) throw new SitewrightError("IO_ERROR", faults.join("; "));
    },
  );
  withRetention(siteBackup.command("serve"))
    .description("make backups when they are due, and when the agent asks for one; with the rights of 'run'")
    .argument("<control-file>", "only the administrator may write it")
    .option("--daily <HH:MM>", "one each day at this time of this machine's clock")
    .option("--no-schedule", "only when somebody asks")
    .option("--verify-in <days>", "after each backup a part of it is read back, so that all is read in this many days", "7")
    .option("--alert-after <hours>", "the agent warns when the newest complete backup is older", "48")
    .option("--copy-to <folder>", "each complete run is copied into this folder too, such as one on another disk")
    .option("--copy-limit <Mbit/s>", "how fast at most")
    .option("--copy-to-system <system>", "each complete run is copied to this system too, which keeps backups; through the coordinator")
    .option("--agent <folder>", "data folder of the agent that may ask, and by whose key this system is known to the coordinator")
    .option("--socket <path>", "where it asks", BACKUP_SOCKET)
    .option("--limit <minutes>", "longest time that the services are stopped", "240")
    .action(async (file: string, flags: ServeFlags) => {
      const { serveSiteBackups } = await import("./site-backup-serve.ts");
      await serveSiteBackups(file, flags, parseConfig(process.env).logLevel, stopSignal());
    });
  siteBackup
    .command("keep", { hidden: true })
    .argument("<folder>")
    .argument("<system>")
    .option("--keep <number>", "", "7")
    .option("--keep-daily <number>", "", "0")
    .option("--keep-weekly <number>", "", "0")
    .option("--keep-monthly <number>", "", "0")
    .action(async (folder: string, system: string, flags: RetentionFlags) => {
      const { keepSiteBackups } = await import("./site-backup-keep.ts");
      const failure = await keepSiteBackups({ folder, system, flags }, { input: process.stdin, output: process.stdout });
      // For the log of the agent that started this.
      if (failure) tell(`${failure.code}: ${failure.message}`);
    });
  siteBackup
    .command("guard", { hidden: true })
    .argument("<folder>")
    .argument("<run>")
    .argument("<until>")
    .action(async (folder: string, run: string, until: string) => (await verbs()).guardSiteBackup(folder, run, Number(until)));
}

interface ListFlags {
  copy?: string;
  system?: string | undefined;
  agent: string;
  json?: true;
}

/** The system whose store is asked; undefined: it is here. */
function keeperOf({ system, agent }: Pick<ListFlags, "system" | "agent">): KeeperFlags | undefined {
  return system === undefined ? undefined : { system, agent };
}

interface CopyAsked extends Omit<CopyFlags, "to" | "again"> {
  to?: string;
  toSystem?: string;
  fromSystem?: string;
  agent: string;
}

/** @returns What was copied, and the name of the place that has it now. */
async function copy(file: string, asked: CopyAsked, signal: AbortSignal): Promise<{ copied: Copied; place: string }> {
  const { to, toSystem, fromSystem, agent, ...flags } = asked;
  const [place, ...more] = [to, toSystem, fromSystem].flatMap((one) => one ?? []);
  if (place === undefined || more.length > 0)
    throw new SitewrightError("BAD_REQUEST", "where to? Write --to FOLDER, --to-system SYSTEM or --from-system SYSTEM");
  if (to !== undefined)
    return { copied: await (await import("./site-backup-copy.ts")).copySiteBackup(file, { ...flags, to }, signal), place };
  const keeper = { system: place, agent };
  if (toSystem !== undefined) return { copied: await (await line()).copyToSystem(file, flags.run, keeper, signal), place };
  return { copied: await (await line()).copyFromSystem(file, flags.run, keeper, signal), place: "the backup of this site" };
}

/** Asks the system that keeps a copy of them. */
function onSystem(command: Command): Command {
  return command.option("--system <system>", "of those that this system keeps").option(...AGENT);
}

/** Takes the snapshots from a copy of them. */
function fromCopy(command: Command): Command {
  return command.option("--copy <folder>", "of the copy in this folder");
}

function withRetention(command: Command): Command {
  return command
    .option("--keep <number>", "complete runs that are kept", "7")
    .option("--keep-daily <number>", "and the newest one of each of this many days that have one", "0")
    .option("--keep-weekly <number>", "and the newest one of each of this many weeks that have one", "0")
    .option("--keep-monthly <number>", "and the newest one of each of this many months that have one", "0");
}

function renderRun({ run, state, stopped, parts, added, faults, archived }: ListedRun): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const files = parts.reduce((sum, part) => sum + part.files, 0);
  const down = stopped ? `, all stopped for ${Math.ceil((stopped.to - stopped.from) / 1000)} s` : "";
  const why = faults.length > 0 ? `: ${terminalLine(faults[0] as string)}` : "";
  const name = archived === undefined ? "" : `, archived as ${terminalLine(archived)}`;
  return `${run}  ${state}, ${plural(files, "file")}, ${plural(bytes, "byte")}, of which ${plural(added, "was", "were")} stored${down}${name}${why}`;
}

function renderVerified({ run, state, good, bad, notTested }: Verified): string {
  const listed = bad.slice(0, SHOWN).map(({ path, why, part }) => {
    return `  bad: ${terminalLine(`${path}${part === undefined ? "" : ` (${part})`}: ${why}`)}`;
  });
  if (bad.length > SHOWN) listed.push(`  and ${bad.length - SHOWN} more`);
  return [
    `${run}  ${state === "complete" ? "" : `${state}: `}${plural(good, "file")} good, ${bad.length} bad, ${notTested} not tested`,
    ...listed,
  ].join("\n");
}

/** What cannot be restored any more. */
function affected({ run, bad }: Verified): string {
  const parts = new Set(bad.map(({ part }) => part));
  const what = parts.has(undefined) ? "nothing of it is certain" : `what it saved of ${[...parts].join(", ")} cannot be relied on`;
  return `the run ${run} is damaged, and ${what}`;
}
