import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stopProgram } from "../../scripts/support/programs.ts";
import { finish, kill, start, type Within } from "../machine/processes.ts";
import { removeScratch } from "../scratch.ts";
import { programFile } from "./programs.ts";
import { TARGET } from "./site.ts";

export interface Agent extends AsyncDisposable {
  /** Role root. */
  root: string;
  /** Of the process that runs now. */
  readonly pid: number;
  start(): void;
  kill(): Promise<void>;
}

export interface AgentOptions {
  /** Emptied first. */
  folder: string;
  role: "dp" | "cap";
  /** Its name; by default that of the target. */
  system?: string;
  /** The coordinator as the agent reaches it. */
  url: string;
  /** Those that stand by. */
  others?: readonly string[];
  token: string;
  within?: Within;
}

/** Joins an empty agent, and starts it. */
export async function joinAgent({ folder, role, system = TARGET, url, others = [], token, within = [] }: AgentOptions): Promise<Agent> {
  removeScratch(folder);
  const root = join(folder, role);
  const dataDir = join(folder, "agent-data");
  mkdirSync(root, { recursive: true });
  const program = programFile("sitewright-agent");
  const joining = [program, "join", url, ...others, "--name", system, "--data-dir", dataDir, "--root", `${role}=${root}`];
  const { code, stderr } = await finish(process.execPath, joining, { within, env: { SITEWRIGHT_JOIN_TOKEN: token } });
  if (code !== 0) throw new Error(`the agent did not join: ${stderr}`);

  let child: ChildProcess;
  const agent: Agent = {
    root,
    get pid() {
      return child.pid as number;
    },
    start() {
      const log = join(folder, "agent.log");
      child = start(process.execPath, [program, "run", "--data-dir", dataDir], { log, within });
    },
    kill: () => kill(child),
    [Symbol.asyncDispose]: () => stopProgram(child),
  };
  agent.start();
  return agent;
}
