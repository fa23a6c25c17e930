import { resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { systemService } from "../adapters/disk/platform/service.ts";
import { parseSwitchMode } from "../adapters/disk/switch/modes.ts";
import { readAgentFile } from "../adapters/join/agent-file.ts";
import type { LogLevel } from "../config.ts";
import type { RunFlags } from "./run.ts";

/** `sitewright-agent service install`: throws `NOT_JOINED`, `BAD_REQUEST`, `IO_ERROR`. */
export async function installService(dataDir: string, switchWord?: string): Promise<string> {
  const switchMode = switchWord === undefined ? undefined : parseSwitchMode(switchWord);
  const { roots } = await readAgentFile(dataDir);
  return systemService.install(
    resolve(dataDir),
    roots.map(({ path }) => path),
    switchMode === undefined ? [] : ["--switch", switchMode],
  );
}

/** `sitewright-agent run --service`, which the service manager starts. */
export async function runService(flags: RunFlags, logLevel: LogLevel): Promise<void> {
  if (!systemService.serve) throw new SitewrightError("BAD_REQUEST", "--service is for Windows: leave it out");
  const { runVersion } = await import("./run-version.ts");
  await systemService.serve(resolve(flags.dataDir), (signal, host) => runVersion(flags, logLevel, signal, host));
}
