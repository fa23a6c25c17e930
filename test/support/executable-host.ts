import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { thisSystem, type AgentHost } from "./fleet.ts";

export interface ExecutableHost extends AgentHost {
  /** All that a program has of its environment: a home, and nothing of this project or its Node.js. */
  environment(): { PATH: string; HOME: string };
}

/**
 * This system, with the agent as one executable.
 * @param agent The words of a command line before the verb.
 * @param started Takes each process that runs it.
 */
export function executableHost(agent: () => readonly string[], started: (child: ChildProcess) => void = () => undefined): ExecutableHost {
  let home = "";
  const environment = () => ({ PATH: "/usr/bin:/bin", HOME: home });
  const words = (...args: string[]): [string, string[]] => {
    const [program = "", ...before] = agent();
    return [program, [...before, ...args]];
  };
  return {
    environment,
    base: thisSystem.base,
    async join({ system, roles, folder }, url, token) {
      home = join(folder, "home");
      mkdirSync(home, { recursive: true });
      const roots = roles.flatMap((role) => ["--root", `${role}=${join(folder, role)}`]);
      const joined = spawn(...words("join", url, "--name", system, "--data-dir", join(folder, "agent-data"), ...roots), {
        env: { ...environment(), SITEWRIGHT_JOIN_TOKEN: token },
        stdio: ["ignore", "ignore", "inherit"],
      });
      expect(await new Promise((resolve) => joined.on("exit", resolve))).toBe(0);
    },
    start({ folder }) {
      const child = spawn(...words("run", "--data-dir", join(folder, "agent-data")), {
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      started(child);
      const log = createWriteStream(join(folder, "agent.log"), { flags: "a" });
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      return child;
    },
  };
}
