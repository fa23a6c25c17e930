import { parse, resolve } from "node:path";
import { ROLES, SitewrightError } from "@sitewright/protocol";
import type { AgentFile } from "../adapters/join/agent-file.ts";
import { joinCoordinator, rootsOfJoin } from "../adapters/join/join.ts";
import { readJoinToken } from "../adapters/join/token-source.ts";
import { print, tell } from "@sitewright/node-kit/output";

type Root = AgentFile["roots"][number];

export interface JoinFlags {
  name: string;
  dataDir: string;
  /** Absent: those of an earlier join. */
  root?: Root[];
  tokenFile?: string;
  json?: true;
}

/** `sitewright-agent join URL... `. */
export async function join([url = "", ...others]: readonly string[], flags: JoinFlags, joinToken: string | undefined): Promise<void> {
  const { name, root: roots = [] } = flags;
  checkName(name);
  const dataDir = resolve(flags.dataDir);
  await rootsOfJoin(name, dataDir, roots);
  const token = await readJoinToken({ file: flags.tokenFile, environment: joinToken, input: process.stdin, prompt: process.stderr });
  const joined = await joinCoordinator({ url, others, name, token, dataDir, roots });
  if (flags.json) return print(JSON.stringify({ name, url, ...joined }));
  const served = joined.roots.map(rootWords).join(", ");
  print(`${name} has joined ${url} and serves ${served}; start it with: sitewright-agent run --data-dir ${quoted(flags.dataDir)}`);
  for (const warning of joined.warnings) tell(`warning: ${warning}`);
  for (const role of joined.missing)
    tell(
      `the hierarchy gives ${name} the role ${role} too: name its folder with: sitewright-agent root add ${role}=PATH --data-dir ${quoted(flags.dataDir)}`,
    );
}

export function rootWords({ role, path }: Root): string {
  return `${role}=${path}`;
}

/** Reads one `ROLE=PATH` of a repeatable option. */
export function collectRoot(text: string, earlier: Root[] = []): Root[] {
  const [word = "", ...rest] = text.split("=");
  const role = ROLES.find((known) => known === word);
  const path = rest.join("=");
  if (!role || path === "")
    throw new SitewrightError(
      "BAD_REQUEST",
      `the role root ${JSON.stringify(text)} is not understood: write ROLE=PATH with one of the roles ${ROLES.join(", ")}`,
    );
  if (lacksDrive(path, parse(resolve(path)).root))
    throw new SitewrightError(
      "BAD_REQUEST",
      `the role root ${JSON.stringify(text)} names no drive: write it like ${role}=${resolve(path)}`,
    );
  return [...earlier, { role, path: resolve(path) }];
}

/** Whether an absolute path gets its drive from where the program was started. @param root Of the path when resolved. */
export function lacksDrive(path: string, root: string): boolean {
  return /^[/\\](?![/\\])/.test(path) && /^[a-z]:/i.test(root);
}

/** As it can be pasted into a shell. */
function quoted(path: string): string {
  return /[\s&()]/.test(path) ? `"${path}"` : path;
}

/** Throws `BAD_REQUEST`. */
export function checkName(name: string): void {
  // The signed text has one line for the name.
  if (!/^[^\s\p{C}]{1,63}$/u.test(name))
    throw new SitewrightError("BAD_REQUEST", `${JSON.stringify(name)} is not a name of a system: write it as the hierarchy does`);
}
