import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "vitest";
import { createServiceManager, type ServiceManager } from "@sitewright/testkit/service-manager";
import { runProgram, startProgram, waitFor, type Finished } from "../../scripts/support/programs.ts";
import { thisSystem, type AgentHost } from "./fleet.ts";
import { readTree } from "./trees/trees.ts";

export const SERVICES = ["executive", "manager"];

/** The database of these sites is a file with rows. */
const DUMP = "BACKUP_DESTINATION/database/site.dump";
const RESTORE = `check ${DUMP} /bin/grep -q rows ${DUMP}\ndb ${DUMP} /bin/cp ${DUMP} FROM/rows`;

/** A site with its services, and the control file of its backup. */
export interface BackedUpSite extends Disposable {
  folder: string;
  services: ServiceManager;
  env: NodeJS.ProcessEnv;
  /** The control file. */
  file: string;
  /** @param sections Lines to add, by the section; those of [Restore] in place of its own. @param dump Of the database. */
  writeControlFile(sections?: { stop?: string; tasks?: string; start?: string; restore?: string }, dump?: string): void;
  /** Where `serve` listens. */
  socket: string;
  /** A host whose agents ask there. */
  host: AgentHost;
  /** Starts `sitewright-agent site-backup serve`; resolves when it listens. */
  serve(...args: string[]): Promise<ChildProcess>;
  /** `sitewright-agent site-backup VERB FILE`. */
  agent(verb: string, args?: string[], env?: NodeJS.ProcessEnv): Promise<Finished>;
  /** The same with `--json`; fails if it prints none. */
  json<T>(verb: string, ...args: string[]): Promise<T>;
  /** Asks the service, in one word. */
  ask(question: "begin" | "status"): Promise<BackupStatus>;
}

export interface BackupStatus {
  alerts: string[];
  running?: number;
  runs: { run: string }[];
}

/** Its name is there a moment before it is listened to. */
async function accepts(socket: string): Promise<boolean> {
  const asking = connect(socket);
  try {
    await once(asking, "connect");
    return true;
  } catch {
    return false;
  } finally {
    asking.destroy();
  }
}

export function createBackedUpSite(): BackedUpSite {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-backup-")));
  const services = createServiceManager(join(folder, "services"), SERVICES);
  const env = { PATH: `${services.bin}${delimiter}${process.env.PATH}` };
  const file = join(folder, "site.ctl");
  mkdirSync(join(folder, "site/inboxes"), { recursive: true });
  mkdirSync(join(folder, "settings"));
  writeFileSync(join(folder, "site/inboxes/one.box"), "box");
  writeFileSync(join(folder, "settings/site.conf"), "code=ABC");
  writeFileSync(join(folder, "rows"), "rows of the database");
  const socket = join(folder, "run/socket");
  const serving: ChildProcess[] = [];
  const site: BackedUpSite = {
    folder,
    socket,
    host: {
      ...thisSystem,
      start: (place) =>
        startProgram("sitewright-agent", ["run", "--data-dir", join(place.folder, "agent-data"), "--site-backup", socket], {
          log: join(place.folder, "agent.log"),
        }),
    },
    async serve(...args) {
      const words = ["site-backup", "serve", file, "--socket", socket, ...args];
      const child = startProgram("sitewright-agent", words, { log: join(folder, "serve.log"), env: { ...process.env, ...env } });
      serving.push(child);
      await waitFor("the backup service", () => accepts(socket));
      return child;
    },
    services,
    env,
    file,
    writeControlFile(
      { stop = "", tasks = "", start = "", restore = RESTORE } = {},
      dump = "/bin/cp FROM/rows BACKUP_DESTINATION/database/site.dump",
    ) {
      const lines = [
        `[Tokens]\nSITE_CODE=ABC\nFROM=${folder}\nBACKUP_DESTINATION=${folder}/backup`,
        `[Stop]\nservice executive\nservice manager\n${stop}`,
        `[Tasks]\ndb BACKUP_DESTINATION/database/site.dump ${dump}\nreg FROM/settings BACKUP_DESTINATION/settings`,
        `file FROM/site BACKUP_DESTINATION/site\nmachinfo BACKUP_DESTINATION/machine.json\n${tasks}`,
        `[Start]\nservice manager\nservice executive\n${start}\n[Restore]\n${restore}\n`,
      ];
      writeFileSync(file, lines.join("\n"), { mode: 0o600 });
    },
    agent: (verb, args = [], more = {}) =>
      runProgram("sitewright-agent", ["site-backup", verb, file, ...args], { env: { ...env, ...more } }),
    async json<T>(verb: string, ...args: string[]): Promise<T> {
      const { stdout, stderr } = await site.agent(verb, ["--json", ...args]);
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout) as T;
    },
    async ask(question) {
      const asking = connect(socket);
      let text = "";
      asking.on("data", (data) => (text += data.toString()));
      asking.end(`${question}\n`);
      await once(asking, "close");
      return JSON.parse(text) as BackupStatus;
    },
    [Symbol.dispose]() {
      // After a test that failed.
      for (const child of serving) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  site.writeControlFile();
  return site;
}

/**
 * Removes the site and its backup, restores it in place from what `bring` has (options of the restore), and releases it. The test fails unless the
 * site is as it was then.
 */
export async function restoreFromElsewhere(site: BackedUpSite, run: string, bring: () => Promise<string[]>): Promise<void> {
  const saved = readTree(join(site.folder, "site"));
  rmSync(join(site.folder, "backup"), { recursive: true });
  rmSync(join(site.folder, "site"), { recursive: true });
  expect(await site.json<object>("restore", "--in-place", ...(await bring()))).toMatchObject({ run, state: "restored" });
  expect([readTree(join(site.folder, "site")), (await site.agent("release")).code]).toEqual([saved, 0]);
}
