import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findWindows } from "../../../scripts/support/windows/runtime.ts";
import { stopProgram, waitFor } from "../../../scripts/support/programs.ts";
import type { AgentHost } from "../fleet.ts";

const found = findWindows();
if (!found) throw new Error("no Windows was found here: run 'npm run test:windows', which makes one or says what is missing");
const windows = found;

/** What Windows programs of the tests see; made and removed by `global-setup.ts`. Tests of another clone may run now. */
const clone = createHash("sha256").update(process.cwd()).digest("hex").slice(0, 8);
export const BASE = join(windows.driveC ?? tmpdir(), `sitewright-tests-${clone}`);
export const AGENT = join(BASE, "sitewright-agent.exe");
export const NODE = join(BASE, "node.exe");
/** Where Windows has its own programs. */
export const SYSTEM32 = windows.driveC === undefined ? String.raw`C:\Windows\System32` : join(windows.driveC, "windows/system32");

/** A path of this system as Windows programs see it. */
export function seen(path: string): string {
  return windows.driveC === undefined ? path : `C:${path.slice(windows.driveC.length).replaceAll("/", "\\")}`;
}

/** Starts a Windows program; all of its output goes to `log`. */
export function startOnWindows(program: string, args: readonly string[], log: string, env: Record<string, string> = {}): ChildProcess {
  mkdirSync(dirname(log), { recursive: true });
  // Under Wine, Node.js does not write to the pipes of another system.
  const output = openSync(log, "a");
  const [command, all] = windows.command(seen(program), args, env);
  const child = spawn(command, all, { stdio: ["ignore", output, output], env: { ...process.env, ...env } });
  closeSync(output);
  return child;
}

export interface Ended {
  code: number | null;
  said: string;
}

/** Runs the agent's program to its end. */
export function runAgentOnWindows(args: readonly string[], log: string, env: Record<string, string> = {}): Promise<Ended> {
  return runOnWindows(AGENT, args, log, env);
}

/** Runs a Windows program to its end. */
export async function runOnWindows(
  program: string,
  args: readonly string[],
  log: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  rmSync(log, { force: true });
  const child = startOnWindows(program, args, log, env);
  await once(child, "exit");
  return { code: child.exitCode, said: readFileSync(log, "utf8") };
}

/** Agents run on Windows. */
export const onWindows: AgentHost = {
  base: BASE,
  async join({ system, roles, folder }, url, token) {
    const roots = roles.flatMap((role) => ["--root", `${role}=${seen(join(folder, role))}`]);
    const args = ["join", url, "--name", system, "--data-dir", seen(join(folder, "agent-data")), ...roots];
    const { code, said } = await runAgentOnWindows(args, join(folder, "join.log"), { SITEWRIGHT_JOIN_TOKEN: token });
    if (code !== 0) throw new Error(`${system} did not join: ${said}`);
  },
  start: ({ folder }) => startOnWindows(AGENT, ["run", "--data-dir", seen(join(folder, "agent-data"))], join(folder, "agent.log")),
};

/** What a client that reads saw. */
export interface Seen {
  /** How often each content, by the word that it begins and ends with, and each error code. */
  counts: Record<string, number>;
  /** Contents in the order in which they were seen. */
  contents: string[];
}

/** A client of a served folder on Windows: what it does is in `client.mjs`. */
export interface Client extends AsyncDisposable {
  /** Asks it to end, and gives what it saw. */
  end(): Promise<Seen>;
}

let clients = 0;

/**
 * `hold` keeps a handle that shares nothing on each path, `enter` works in a folder; `read` reads a file again and again, and counts what
 * happened; `scan` enters each folder below that appears for a moment.
 */
export async function startClient(act: "hold" | "enter" | "read" | "scan", ...paths: string[]): Promise<Client> {
  const place = join(BASE, `client-${process.pid}-${++clients}`);
  const args = [seen(join(BASE, "client.mjs")), seen(place), act, ...paths.map(seen)];
  const child = startOnWindows(NODE, args, `${place}.log`);
  await waitFor("a client on Windows to start", () => {
    if (child.exitCode !== null) throw new Error(`the client ended: ${readFileSync(`${place}.log`, "utf8")}`);
    return existsSync(`${place}.ready`) || undefined;
  });
  return {
    async end() {
      const ended = once(child, "exit");
      writeFileSync(`${place}.end`, "");
      await ended;
      return JSON.parse(readFileSync(`${place}.json`, "utf8")) as Seen;
    },
    [Symbol.asyncDispose]: () => stopProgram(child, 0),
  };
}
