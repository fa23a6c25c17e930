import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tail } from "../../scripts/support/hierarchy.ts";
import { stopProgram, waitFor } from "../../scripts/support/programs.ts";
import { finish, start, type Within } from "../machine/processes.ts";
import { programFile } from "./programs.ts";

export interface Coordinator extends AsyncDisposable {
  process: ChildProcess;
  pid: number;
  url: string;
  dataDir: string;
  joinToken(system: string): Promise<string>;
}

export interface CoordinatorOptions {
  siteData: string;
  dataDir: string;
  /** Address of its endpoint; loopback by default. */
  listen?: string;
  /** URL of a Redis; by default one is embedded. */
  redis?: string;
  within?: Within;
}

/** Starts a coordinator and waits until it answers. */
export async function startCoordinator({
  siteData,
  dataDir,
  listen = "127.0.0.1:0",
  redis,
  within = [],
}: CoordinatorOptions): Promise<Coordinator> {
  mkdirSync(dataDir, { recursive: true });
  const log = join(dataDir, "coordinator.log");
  const sitewright = programFile("sitewright");
  const args = [sitewright, "coordinator", "--site-data", siteData, "--data-dir", dataDir, "--listen", listen];
  const startedAt = Date.now();
  const child = start(process.execPath, args, { log, within, ...(redis === undefined ? {} : { env: { REDIS_URL: redis } }) });
  const url = await waitFor("the coordinator to answer", () => {
    if (child.exitCode !== null) throw new Error(`the coordinator did not start:\n${tail(log)}`);
    const file = join(dataDir, "coordinator.json");
    if (!existsSync(file)) return undefined;
    const said = JSON.parse(readFileSync(file, "utf8")) as { url: string; startedAt: number };
    return said.startedAt >= startedAt ? said.url : undefined;
  });
  return {
    process: child,
    pid: child.pid as number,
    url,
    dataDir,
    async joinToken(system) {
      const args = [sitewright, "token", "create", "--system", system, "--data-dir", dataDir];
      const { code, stdout, stderr } = await finish(process.execPath, args, { within });
      if (code !== 0) throw new Error(`no join token for ${system}: ${stderr}`);
      return stdout.trim();
    },
    [Symbol.asyncDispose]: () => stopProgram(child),
  };
}
