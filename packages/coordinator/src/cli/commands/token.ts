import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { isLoopback, SitewrightError } from "@sitewright/protocol";
import { joinLine, type JoinToken, type Overview } from "@sitewright/protocol/api";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { print, tell } from "@sitewright/node-kit/output";
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
    .option("--at <url>", "address at which agents reach the coordinator (repeatable; by default that of this command)", collect);
  withCommonOptions(create).action(async (options: TokenOptions) => {
    const ttlMs = parseTtl(options.ttl ?? "1h");
    const connection = connect(options);
    const urls = options.at ?? [ownUrl(connection)];
    if (options.all) return createAll(connection, { ...options, ttlMs, urls });
    if (options.system === undefined) throw new SitewrightError("BAD_REQUEST", "for which system? Name it with --system, or take --all");
    const made = await makeToken(connection, options.system, ttlMs);
    print(options.json ? JSON.stringify(made) : made.token);
    if (options.json) return;
    tell(`valid once, until ${timeOf(made)}. It joins ${options.system} by this line, run on that system:`);
    tell(joinLine({ urls, again: options.again ?? false, ...made }));
  });
}

async function createAll(connection: Connection, options: TokenOptions & { ttlMs: number; urls: string[] }): Promise<void> {
  const { dir, ttlMs, urls, again = false, system, json } = options;
  if (system !== undefined) throw new SitewrightError("BAD_REQUEST", "take either --system or --all");
  if (dir === undefined) throw new SitewrightError("BAD_REQUEST", "where shall the files be written? Name a folder with --dir");
  const { systems } = await call<Overview>(connection, "GET", "/api/v1/overview");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files: string[] = [];
  let last: JoinToken | undefined;
  for (const { name } of systems.filter(({ roles }) => roles.length > 0)) {
    last = await makeToken(connection, name, ttlMs);
    // Names of systems are host names; anything else in one must not lead out of the folder.
    const file = join(dir, `${encodeURIComponent(name)}.join`);
    await writeFileAtomic(file, `${joinLine({ urls, again, ...last })}\n`, 0o600);
    files.push(file);
  }
  if (json) return print(JSON.stringify({ files, expiresAt: last?.expiresAt }));
  print(`${files.length} files in ${dir}, each with the line that joins its system, once${last ? `, until ${timeOf(last)}` : ""}`);
  if (!again)
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
