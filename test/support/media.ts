import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRoot } from "@sitewright/testkit/account";
import type { Finished } from "../../scripts/support/programs.ts";
import type { Agent } from "./fleet.ts";

const AGENT = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "packages/agent/bin/sitewright-agent.mjs");

/** Runs the agent's program where there is no network at all, not even loopback. @param env Added to that of this process. */
export async function agentAlone(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const child = spawn("unshare", [...(isRoot ? [] : ["--map-root-user"]), "--net", process.execPath, AGENT, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

export interface AloneImport {
  code: number | null;
  stderr: string;
  /** State and code of each unit, by its name. */
  units: Record<string, string>;
}

/** Imports on the data folder of an agent that is stopped. */
export async function importAlone(agent: Agent, folders: readonly string[], ...more: string[]): Promise<AloneImport> {
  const { code, stdout, stderr } = await agentAlone([
    "import",
    ...folders,
    "--data-dir",
    join(agent.place.folder, "agent-data"),
    "--json",
    ...more,
  ]);
  const { units = [] } = JSON.parse(stdout || "{}") as { units?: { unit: { name: string }; state: string; code?: string }[] };
  return {
    code,
    stderr,
    units: Object.fromEntries(units.map(({ unit, state, code: why }) => [unit.name, why ? `${state} ${why}` : state])),
  };
}

/** Everything below a folder: names, kinds, times, bytes. */
export function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => {
      const place = join(folder, path);
      const { mtimeNs, ctimeNs, mode, ino } = lstatSync(place, { bigint: true });
      const facts = [path, mode, mtimeNs, ctimeNs, ino].join(" ");
      if (lstatSync(place).isFile()) return `${facts} ${createHash("sha256").update(readFileSync(place)).digest("hex")}`;
      return lstatSync(place).isSymbolicLink() ? `${facts} ${readlinkSync(place)}` : facts;
    });
}

/** Kills an import as `kill -9` does. @returns True: it had ended before. */
export async function killedImport(agent: Agent, folders: readonly string[], afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [AGENT, "import", ...folders, "--data-dir", join(agent.place.folder, "agent-data")], {
    stdio: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  await once(child, "exit");
  clearTimeout(timer);
  return child.signalCode === null;
}
