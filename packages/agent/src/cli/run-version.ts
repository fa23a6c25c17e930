import { resolve } from "node:path";
import { isSea } from "node:sea";
import { tell } from "@sitewright/node-kit/output";
import { versionOf } from "@sitewright/node-kit/version";
import { SitewrightError } from "@sitewright/protocol";
import { parentProgram, startProgram } from "../adapters/program/child-program.ts";
import { openProgramStore } from "../adapters/program/program-store.ts";
import { runVersions } from "../adapters/program/run-versions.ts";
import type { ServiceHost } from "../adapters/service/port.ts";
import { parseConfig, type LogLevel } from "../config.ts";
import { PROGRAM_TARGET, run, type RunFlags } from "./run.ts";

/** Time within which the coordinator must welcome a new version, ms. */
const TRIAL_MS = 60_000;

/**
 * `sitewright-agent run`. A single executable runs the version that is to run, and tries one that the coordinator had loaded; the installed
 * executable stays as it is, and is what a service or a person starts.
 */
export async function runVersion(flags: RunFlags, logLevel: LogLevel, signal: AbortSignal, host?: ServiceHost): Promise<void> {
  // Only a single executable can be exchanged as a whole.
  if (!isSea()) return void (await run(flags, logLevel, signal, { host }));
  const parent = parentProgram();
  const store = openProgramStore(resolve(flags.dataDir), PROGRAM_TARGET);
  if (parent) {
    const stop = AbortSignal.any([signal, parent.stopped]);
    const ended = await run(flags, logLevel, stop, { host, program: { store, welcomed: () => parent.say("welcomed") } });
    if (ended === "staged") parent.say("staged");
    return;
  }
  const { program } = parseConfig(process.env);
  const installed = program?.installed ?? versionOf(import.meta.url);
  const environment = (digest: string) => ({ SITEWRIGHT_AGENT_PROGRAM: `${digest} ${installed}` });
  // What the service manager starts is this process alone.
  const args = process.argv.slice(2).filter((arg) => arg !== "--service");
  const become = PROGRAM_TARGET.startsWith("win-") ? undefined : process.execve?.bind(process);
  const code = await runVersions({
    store,
    installed,
    own: program?.digest,
    runHere: () => run(flags, logLevel, signal, { host, program: { store, welcomed: () => undefined } }),
    start(path, digest) {
      host?.started();
      return startProgram(path, args, { environment: environment(digest), output: host?.log });
    },
    ...(become
      ? { become: (path, digest) => become(path, [path, ...args], { ...process.env, ...environment(digest) } as NodeJS.ProcessEnv) }
      : {}),
    trialMs: TRIAL_MS,
    tell: (line) => (host ? host.log.write(`sitewright-agent: ${line}\n`) : tell(`sitewright-agent: ${line}`)),
    signal,
  });
  if (code !== 0 && host) throw new SitewrightError("INTERNAL", `the version of the agent that was loaded ended with ${code}`);
  process.exitCode = code;
}
