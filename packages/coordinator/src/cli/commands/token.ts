import { hostname } from "node:os";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { isLoopback, ROLES, SitewrightError, plural } from "@sitewright/protocol";
import {
  checkInstallWords,
  installLine,
  joinLine,
  PLATFORMS,
  type InstallPlatform,
  type JoinToken,
  type Overview,
  type RoleRoot,
} from "@sitewright/protocol/api";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { print, tell } from "@sitewright/node-kit/output";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { call, type Connection } from "../api-client.ts";
import { connect } from "../connect.ts";
import { collect, withCommonOptions, type CommonOptions } from "../selection-options.ts";

interface TokenOptions extends CommonOptions {
  system?: string;
  all?: true;
  again?: true;
  ttl?: string;
  dir?: string;
  at?: string[];
  root?: RoleRoot[];
  line?: InstallPlatform;
}

/** What a line says beside what the coordinator answers. */
interface LineOptions {
  urls: string[];
  again: boolean;
  roots: RoleRoot[];
}

/** ms by the letter of a duration. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function addToken(program: Command): void {
  const token = program.command("token").description("make the tokens by which agents join");
  const create = token
    .command("create")
    .description("make a token that joins one system, once, or one for every system, with the line that joins it")
    .option("--system <name>", "the system that will join")
    .option("--all", "every system with a role: a file for each, with the line to be run there")
    .option("--dir <folder>", "with --all: the folder of these files")
    .option("--again", "the agents have joined before: they keep their role roots, so the lines name none")
    .option("--ttl <time>", "how long it is valid: 30m, 12h, 7d (at most 30d)", "1h")
    .option("--at <url>", "address at which agents reach the coordinator (repeatable; by default that of this command)", collect)
    .option("--root <role=path>", "folder of a role in a line that installs the agent, instead of the usual one (repeatable)", collectRoot)
    .addOption(new Option("--line <platform>", "print or write the line that installs the agent there").choices(PLATFORMS));
  withCommonOptions(create).action(async (options: TokenOptions) => {
    const ttlMs = parseTtl(options.ttl ?? "1h");
    const connection = connect(options);
    const words = { urls: options.at ?? [ownUrl(connection)], again: options.again ?? false, roots: options.root ?? [] };
    // Before a token exists.
    checkInstallWords(words);
    if (options.all) return createAll(connection, { ...options, ttlMs }, words);
    if (options.system === undefined) throw new SitewrightError("BAD_REQUEST", "for which system? Name it with --system, or take --all");
    const made = await makeToken(connection, options.system, ttlMs);
    if (options.json) return print(JSON.stringify(made));
    if (options.line) {
      print(installing(options.line, made, words));
      return tell(`valid once, until ${timeOf(made)}`);
    }
    print(made.token);
    tell(`valid once, until ${timeOf(made)}. It joins ${options.system} by this line, run on that system:`);
    tell(joinLine({ ...made, ...words }));
    if (!made.installation) return tell(`for lines that also install the agent, ${ADVICE}`);
    for (const platform of PLATFORMS) {
      const line = installLine(platform, factsOf(made, words));
      if (line !== undefined) tell(`\nIf the agent is not installed there yet, paste this instead (${SHELLS[platform]}):\n${line}`);
    }
  });
}

const SHELLS = { linux: "Linux, as root", windows: "Windows, in PowerShell as an administrator" } as const;

const ADVICE = "name the folder with the packages of the agent with 'sitewright coordinator --agents DIR'";

/** Throws `NOT_FOUND` when the coordinator has no package for that platform. */
function installing(platform: InstallPlatform, made: JoinToken, words: LineOptions): string {
  const line = installLine(platform, factsOf(made, words));
  if (line === undefined) throw new SitewrightError("NOT_FOUND", `the coordinator has no agent for ${platform}: ${ADVICE}`);
  return line;
}

function factsOf({ installation, roles, ...made }: JoinToken, { again, ...words }: LineOptions): Parameters<typeof installLine>[1] {
  return { ...made, ...words, roles: again ? [] : roles, installation };
}

function collectRoot(text: string, earlier: RoleRoot[] = []): RoleRoot[] {
  const [word, ...rest] = text.split("=");
  const [role, path] = [ROLES.find((known) => known === word), rest.join("=")];
  if (role && path !== "") return [...earlier, { role, path }];
  const advice = `write ROLE=PATH with one of the roles ${ROLES.join(", ")}`;
  throw new SitewrightError("BAD_REQUEST", `--root ${text} is not understood: ${advice}`);
}

async function createAll(connection: Connection, options: TokenOptions & { ttlMs: number }, words: LineOptions): Promise<void> {
  const { dir, ttlMs, system, json, line } = options;
  if (system !== undefined) throw new SitewrightError("BAD_REQUEST", "take either --system or --all");
  if (dir === undefined) throw new SitewrightError("BAD_REQUEST", "where shall the files be written? Name a folder with --dir");
  const { systems } = await call<Overview>(connection, "GET", "/api/v1/overview");
  makeFolder(dir, 0o700);
  const files: string[] = [];
  let last: JoinToken | undefined;
  for (const { name } of systems.filter(({ roles }) => roles.length > 0)) {
    last = await makeToken(connection, name, ttlMs);
    // Names of systems are host names; anything else in one must not lead out of the folder.
    const file = join(dir, `${encodeURIComponent(name)}.join`);
    await writeFileAtomic(file, `${line ? installing(line, last, words) : joinLine({ ...last, ...words })}\n`, 0o600);
    files.push(file);
  }
  if (json) return print(JSON.stringify({ files, expiresAt: last?.expiresAt }));
  print(
    `${plural(files.length, "file")} in ${dir}, each with the line that joins its system, once${last ? `, until ${timeOf(last)}` : ""}`,
  );
  if (!words.again && !line)
    tell("in each line, replace PATH by the folder of that role; agents that joined before keep theirs: make the lines with --again");
}

function makeToken(connection: Connection, system: string, ttlMs: number): Promise<JoinToken> {
  return call<JoinToken>(connection, "POST", "/api/v1/join-tokens", { system, ttlMs });
}

/** Throws `BAD_REQUEST`; the coordinator checks the limits. */
function parseTtl(text: string): number {
  const [, number, unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (UNITS[unit] ?? 0);
  throw new SitewrightError("BAD_REQUEST", `--ttl ${text} is not a time: write it like 30m, 12h or 7d`);
}

/** On its own machine, a coordinator that listens to others is found as localhost. */
function ownUrl({ pageUrl }: Connection): string {
  if (pageUrl.protocol !== "https:" || !isLoopback(pageUrl.hostname)) return pageUrl.origin;
  return `https://${hostname()}:${pageUrl.port || "443"}`;
}

function timeOf({ expiresAt }: JoinToken): string {
  return new Date(expiresAt).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
}
