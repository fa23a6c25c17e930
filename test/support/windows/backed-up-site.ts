import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../scripts/support/programs.ts";
import { BASE, NODE, runAgentOnWindows, runOnWindows, seen, startOnWindows, AGENT, SYSTEM32, type Ended } from "./host.ts";

/** In the order of [Stop]. */
export const SERVICES = ["executive", "manager"] as const;
export type Service = (typeof SERVICES)[number];

/** Names of services and keys are those of the whole machine: tests of another clone may run now. */
const OURS = BASE.slice(-8);
const nameOf = (service: string) => `sitewright-${OURS}-${service}`;
const KEY = `HKEY_LOCAL_MACHINE\\Software\\Sitewright tests ${OURS}`;

/** A site server of Windows: two services, two keys, a folder, a file in place of a database, and the control file of its backup. */
export interface WindowsSite extends AsyncDisposable {
  folder: string;
  /** Their names on this machine, in the order of `SERVICES`. */
  services: string[];
  /** @param stopped Services of [Stop]: all by default; if there are none, a command that does nothing. @param started The same of [Start]. */
  writeControlFile(stopped?: readonly string[], started?: readonly string[]): void;
  agent(verb: string, ...args: string[]): Promise<Ended>;
  /** The same with `--json`; fails if it prints none. */
  json<T>(verb: string, ...args: string[]): Promise<T>;
  /** Starts it, to be killed. */
  start(verb: string, ...args: string[]): ChildProcess;
  /** What the program said that was started last. */
  started(): string;
  /** What happened to the services and in [Tasks] since the last call, each as `start manager`. */
  happened(): string[];
  /** Resolves when both services run. */
  running(): Promise<void>;
  sc(service: Service, ...words: string[]): Promise<string>;
  /** How Windows starts it with the machine: 2 of itself, 3 when asked. */
  startType(service: Service): Promise<number>;
  /** See `service.mjs`. */
  mark(service: Service, word: "slow" | "stays" | "fails"): void;
  unmark(service: Service, word: "slow" | "stays" | "fails"): void;
  /** As `reg.exe export` writes them. */
  keys(): Promise<string>;
  /** @param lines Of a registry file; `KEY` is that of the site. */
  importKeys(lines: readonly string[]): Promise<void>;
}

export async function createWindowsSite(): Promise<WindowsSite> {
  const folder = join(BASE, "site-backup");
  const file = join(folder, "site.ctl");
  const here = seen(folder);
  const log = join(folder, "program.log");
  const system = async (program: string, ...args: string[]): Promise<Ended> => runOnWindows(join(SYSTEM32, program), args, log);
  const services = join(folder, "services.log");
  const startedLog = join(folder, "started.log");
  let told = 0;

  async function remove(): Promise<void> {
    for (const service of SERVICES) {
      await system("sc.exe", "stop", nameOf(service));
      // One that still runs is removed when it ends, and its name is taken until then.
      await waitFor("a service to stop", async () => !(await site.sc(service, "query")).includes("_PENDING") || undefined);
      await system("sc.exe", "delete", nameOf(service));
    }
    await system("reg.exe", "delete", KEY, "/f");
  }

  const site: WindowsSite = {
    folder,
    services: SERVICES.map(nameOf),
    writeControlFile(stopped = site.services, started = stopped.toReversed()) {
      const cmd = String.raw`%SystemRoot%\System32\cmd.exe /d /c`;
      const lineOf = (service: string) => `service ${service}`;
      const stop = stopped.length > 0 ? stopped.map(lineOf) : [`cmd ${cmd} exit 0`];
      const dump = String.raw`BACKUP_DESTINATION\database\site.dump`;
      const lines = [
        `[Tokens]\nSITE_CODE=ABC\nHERE=${here}\nBACKUP_DESTINATION=HERE\\backup`,
        `[Stop]\n${stop.join("\n")}\nsleep 0`,
        `[Tasks]\ncmd ${cmd} "echo saved>>HERE\\services.log"\ndb ${dump} ${cmd} copy /y HERE\\rows.txt ${dump}`,
        `reg "${KEY.replace("HKEY_LOCAL_MACHINE", "HKLM")}\\SMS" BACKUP_DESTINATION\\registry\\sms.dat`,
        `reg "\\\\localhost\\${KEY}\\NAL" BACKUP_DESTINATION\\registry\\nal.dat`,
        `file HERE\\site BACKUP_DESTINATION\\site\nmachinfo BACKUP_DESTINATION\\machine.json`,
        `[Start]\n${started.map(lineOf).join("\n")}`,
        `[Restore]\ncheck ${dump} %SystemRoot%\\System32\\findstr.exe rows ${dump}\ndb ${dump} ${cmd} copy /y ${dump} HERE\\rows.txt\n`,
      ];
      writeFileSync(file, lines.join("\n").replaceAll("\n", "\r\n"));
      chmodSync(file, 0o600);
    },
    agent: (verb, ...args) => runAgentOnWindows(["site-backup", verb, seen(file), ...args], log),
    async json<T>(verb: string, ...args: string[]): Promise<T> {
      const { said } = await site.agent(verb, "--json", ...args);
      const line = said.split("\n").find((one) => /^[[{]/.test(one));
      if (line === undefined) throw new Error(said);
      return JSON.parse(line) as T;
    },
    start(verb, ...args) {
      rmSync(startedLog, { force: true });
      return startOnWindows(AGENT, ["site-backup", verb, seen(file), ...args], startedLog);
    },
    started: () => readFileSync(startedLog, "utf8"),
    happened() {
      const all = readFileSync(services, "utf8")
        .split("\r\n")
        .slice(0, -1)
        .map((line) => line.replace(nameOf(""), ""));
      const since = all.slice(told);
      told = all.length;
      return since;
    },
    async running() {
      await waitFor("the services to run", async () => {
        for (const service of SERVICES) if (!(await site.sc(service, "query")).includes("RUNNING")) return undefined;
        return true;
      });
    },
    async sc(service, verb = "", ...words) {
      return (await system("sc.exe", verb, nameOf(service), ...words)).said;
    },
    async startType(service) {
      const { said } = await system("reg.exe", "query", `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${nameOf(service)}`, "/v", "Start");
      return Number(/REG_DWORD\s+(0x[0-9a-f]+)/.exec(said)?.[1]);
    },
    mark: (service, word) => writeFileSync(join(folder, `${nameOf(service)}.${word}`), ""),
    unmark: (service, word) => rmSync(join(folder, `${nameOf(service)}.${word}`)),
    async keys() {
      const to = join(folder, "exported.reg");
      const { code, said } = await system("reg.exe", "export", KEY, seen(to), "/y");
      if (code !== 0) throw new Error(said);
      return readFileSync(to, "utf16le").replaceAll(KEY, "KEY");
    },
    async importKeys(lines) {
      const from = join(folder, "import.reg");
      const text = ["Windows Registry Editor Version 5.00", "", ...lines.map((line) => line.replace("KEY", KEY)), ""].join("\r\n");
      writeFileSync(from, `\ufeff${text}`, "utf16le");
      await system("reg.exe", "import", seen(from));
    },
    [Symbol.asyncDispose]: remove,
  };

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "site"), { recursive: true });
  writeFileSync(services, "");
  // Those of tests that were killed.
  await remove();
  for (const service of SERVICES) {
    const line = `"${seen(NODE)}" "${seen(join(BASE, "service.mjs"))}" ${nameOf(service)} "${here}"`;
    await done(system("sc.exe", "create", nameOf(service), "binPath=", line, "start=", "auto"));
    await done(system("sc.exe", "start", nameOf(service)));
  }
  site.writeControlFile();
  await site.running();
  site.happened();
  return site;
}

async function done(work: Promise<Ended>): Promise<void> {
  const { code, said } = await work;
  if (code !== 0) throw new Error(`a service of the test cannot be made (${code}): ${said}`);
}
