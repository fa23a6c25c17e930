import { SitewrightError } from "@sitewright/protocol";
import { Command, CommanderError, Option } from "commander";
import { platform } from "./adapters/disk/platform/platform.ts";
import { BACKUP_SOCKET, systemService } from "./adapters/disk/platform/service.ts";
import { checkHealthMark } from "./adapters/health-mark.ts";
import { readAgentFile } from "./adapters/join/agent-file.ts";
import { versionOf } from "@sitewright/node-kit/version";
import { actAsOwnerOf } from "./cli/as-owner.ts";
import { fence, type FenceFlags } from "./cli/fence.ts";
import { addKept } from "./cli/keep-backups-flags.ts";
import { collectRoot, join, type JoinFlags } from "./cli/join.ts";
import { acceptRoot, addRoots, listRoots, removeRoots } from "./cli/root.ts";
import type { RunFlags } from "./cli/run.ts";
import { installService, runService } from "./cli/service.ts";
import { addUrls, listUrls, removeUrls } from "./cli/url.ts";
import { addMedia } from "./cli/media-verbs.ts";
import { addSiteBackup } from "./cli/site-backup-verbs.ts";
import { print, tell } from "@sitewright/node-kit/output";
import { withConfigFile } from "@sitewright/node-kit/config-file";
import { parseConfig } from "./config.ts";

/** Time limit of an orderly stop; a supervisor kills the process soon after. */
const STOP_MS = 4_500;

const SWITCH_HELP =
  "on Windows, how folders are exchanged: rename (default); junction, which no open file holds up, but which has not been seen to work on a real Windows yet; files, one by one, as a last resort where open files never let a folder go";

const program = new Command("sitewright-agent")
  .description("Rebuilds this system's client access point, logon point and distribution points as its coordinator orders.")
  .version(versionOf(import.meta.url))
  .exitOverride()
  .configureOutput({ writeOut: (text) => print(text.trimEnd()), outputError: () => undefined })
  .hook("preAction", (_, action) => {
    const [verb = ""] = commandWords(action);
    if (AS_OWNER.has(verb)) actAsOwnerOf((action.opts() as { dataDir: string }).dataDir);
  });

/** Verbs that change what the agent reads at its next start. */
const AS_OWNER = new Set(["join", "fence", "root", "url"]);

/** Such as `root add`. */
function commandWords(command: Command): string[] {
  return command.parent ? [...commandWords(command.parent), command.name()] : [];
}

program
  .command("join")
  .description("make this system known to a coordinator; the token comes from --token-file, SITEWRIGHT_JOIN_TOKEN or standard input")
  .argument("<url...>", "address of the coordinator; further ones are tried in this order when it does not answer")
  .requiredOption("--name <system>", "name of this system in the hierarchy")
  .option("--data-dir <folder>", "folder for the agent's key and memory", systemService.dataDir)
  .option(
    "--root <role=path>",
    "folder that holds the units of a role: cap, logon-point or dp; repeatable; an agent that joined before keeps those that it has",
    collectRoot,
  )
  .option("--token-file <file>", "file that holds the join token")
  .option("--json", "print one JSON document")
  .action((urls: string[], flags: JoinFlags) => join(urls, flags, parseConfig(process.env).joinToken));

addKept(withConfigFile(program.command("run")))
  .description("serve orders until stopped")
  .requiredOption("--data-dir <folder>", "the folder that was given to join")
  .option("--seed <folder>", "folder whose content serves as a source, such as an old drive; only read; repeatable", collectSeed, [])
  .option(
    "--peer-listen <host:port>",
    "where neighbours behind the same address are served; by default the local address of the link to the coordinator",
  )
  .option("--site-backup <socket>", "where 'site-backup serve' of this machine is asked for backups of its site", BACKUP_SOCKET)
  .option("--switch <how>", SWITCH_HELP)
  .option("--no-peers", "fetch nothing from neighbours and serve them nothing")
  .addOption(new Option("--service", "as the service of Windows").hideHelp())
  .action(async (flags: RunFlags & { service?: true }) => {
    const { logLevel } = parseConfig(process.env);
    if (flags.service) {
      await runService(flags, logLevel);
      process.exit(0); // the call that waits for Windows has no end of its own
    }
    // Loaded only when needed: the other commands use none of it.
    const { runVersion } = await import("./cli/run-version.ts");
    return runVersion(flags, logLevel, stopSignal(STOP_MS));
  });

program
  .command("check")
  .description("exit with 0 when the agent on this data folder runs and is connected")
  .requiredOption("--data-dir <folder>", "the folder that was given to join")
  .action(async ({ dataDir }: { dataDir: string }) => {
    await readAgentFile(dataDir);
    for (const warning of checkHealthMark(dataDir, Date.now())) process.stderr.write(`sitewright-agent: warning: ${warning}\n`);
  });

program
  .command("fence")
  .description("show the highest generation ordered of each unit, below which orders are refused as STALE_GENERATION")
  .requiredOption("--data-dir <folder>", "the folder that was given to join; its agent must be stopped")
  .option("--forget", "delete them: the next order of each unit is accepted whatever its generation")
  .action(async (flags: FenceFlags) => print((await fence(flags)).join("\n")));

const root = program.command("root").description("the folders that this agent serves; a change takes effect at its next start");
for (const [name, description, change] of [
  ["add", "serve these too; for a CAP or logon point instead of the former one", addRoots],
  ["remove", "no longer serve these; their content stays", removeRoots],
] as const)
  root
    .command(name)
    .description(description)
    .argument("<role=path...>", "role and folder, such as dp=/srv/dp")
    .requiredOption("--data-dir <folder>", "the folder that was given to join")
    .action(async (words: string[], { dataDir }: { dataDir: string }) => print((await change(words, dataDir)).join("\n")));
root
  .command("accept")
  .description("accept a role root as it is: its content is lost, or its disk is a new one")
  .argument("<folder>", "the folder of a role root")
  .requiredOption("--data-dir <folder>", "the folder that was given to join; its agent must be stopped")
  .action(async (folder: string, { dataDir }: { dataDir: string }) => print(await acceptRoot(folder, dataDir)));
root
  .command("list")
  .description("one line for each")
  .requiredOption("--data-dir <folder>", "the folder that was given to join")
  .action(async ({ dataDir }: { dataDir: string }) => print((await listRoots(dataDir)).join("\n")));

const url = program.command("url").description("where the coordinator is looked for; a change takes effect at the agent's next start");
for (const [name, description, change] of [
  ["add", "try these too, after the known ones", addUrls],
  ["remove", "no longer try these", removeUrls],
] as const)
  url
    .command(name)
    .description(description)
    .argument("<url...>", "address of the coordinator")
    .requiredOption("--data-dir <folder>", "the folder that was given to join")
    .action(async (texts: string[], { dataDir }: { dataDir: string }) => print((await change(texts, dataDir)).join("\n")));
url
  .command("list")
  .description("one line for each, in the order in which they are tried")
  .requiredOption("--data-dir <folder>", "the folder that was given to join")
  .action(async ({ dataDir }: { dataDir: string }) => print((await listUrls(dataDir)).join("\n")));

const service = program.command("service").description("the agent as a service of this system");
service
  .command("install")
  .description("start the agent now and with the system")
  .option("--data-dir <folder>", "the folder that was given to join", systemService.dataDir)
  .option("--switch <how>", SWITCH_HELP)
  .action(async ({ dataDir, switch: how }: { dataDir: string; switch?: string }) => print(await installService(dataDir, how)));
service
  .command("remove")
  .description("stop the agent, also at the next start of the system; its data stay")
  .action(async () => print(await systemService.remove()));
service
  .command("status")
  .description("whether it runs, and starts with the system")
  .action(() => print(systemService.status()));

// Starting services may take longer than an orderly stop of an agent, and must not be cut off.
addSiteBackup(program, () => stopSignal(undefined));
// Nor must what is written of an import.
addMedia(program, () => stopSignal(undefined));

function collectSeed(folder: string, before: string[]): string[] {
  return [...before, folder];
}

/** Aborted by SIGTERM, SIGINT and what else ends programs here. @param limitMs The process ends after that, whatever it does. */
function stopSignal(limitMs: number | undefined): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", ...platform.stopSignals] as const) {
    process.on(name, () => {
      stop.abort();
      if (limitMs !== undefined) setTimeout(() => process.exit(0), limitMs).unref();
    });
  }
  return stop.signal;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && (error.exitCode === 0 || error.code === "commander.help")) process.exit(error.exitCode);
  const { code, message } =
    error instanceof CommanderError
      ? new SitewrightError("BAD_REQUEST", error.message.replace(/^error: /, ""))
      : SitewrightError.from(error);
  tell(`sitewright-agent: ${code}: ${message.replaceAll(/\s*\n\s*/g, " ")}`);
  process.exit(1);
}
