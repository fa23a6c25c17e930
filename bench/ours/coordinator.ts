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
  within?: Within;
}

/** Starts a coordinator with its embedded Redis and waits until it answers. */
export async function startCoordinator({
  siteData,
  dataDir,
  listen = "127.0.0.1:0",
  within = [],
}: CoordinatorOptions): Promise<Coordinator> {
  mkdirSync(dataDir, { recursive: true });
  const log = join(dataDir, "coordinator.log");
  const sitewright = programFile("sitewright");
  const args = [sitewright, "coordinator", "--site-data", siteData, "--data-dir", dataDir, "--listen", listen];
  const child = start(process.execPath, args, { log, within });
  const url = await waitFor("the coordinator to answer", () => {
    if (child.exitCode !== null) throw new Error(`the coordinator did not start:\n${tail(log)}`);
    const file = join(dataDir, "coordinator.json");
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { url: string }).url : undefined;
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
