import { SitewrightError } from "@sitewright/protocol";
import type { BackupStep } from "@sitewright/protocol/site-backup";
import type { Restore } from "./restore-ports.ts";
import type { StartPorts } from "./start-owed.ts";

/** Services that steps name, each once. */
function servicesOf(steps: readonly BackupStep[]): string[] {
  return [...new Set(steps.flatMap(({ action }) => (action.kind === "service" ? [action.name] : [])))];
}

export async function runningServices({ services }: StartPorts, steps: readonly BackupStep[]): Promise<string[]> {
  const running: string[] = [];
  for (const name of servicesOf(steps)) if (await services.isRunning(name)) running.push(name);
  return running;
}

/** Services that steps name and the system starts with the machine. */
export async function enabledServices(
  { services }: StartPorts,
  steps: readonly BackupStep[],
): Promise<Pick<Restore, "enabled" | "delayed">> {
  const [enabled, delayed]: [string[], string[]] = [[], []];
  for (const name of servicesOf(steps)) {
    const starts = await services.startsWithMachine(name);
    if (starts !== "no") enabled.push(name);
    if (starts === "delayed") delayed.push(name);
  }
  return { enabled, ...(delayed.length > 0 ? { delayed } : {}) };
}

/** Has the system start these with the machine again as before, or no longer. */
export async function setEnabled(
  { services }: StartPorts,
  { enabled, delayed = [] }: Pick<Restore, "enabled" | "delayed">,
  starts: boolean,
): Promise<void> {
  for (const name of enabled) await services.setStartsWithMachine(name, !starts ? "no" : delayed.includes(name) ? "delayed" : "yes");
}

/** Carries out [Stop]. Throws `IO_ERROR` where a service still runs afterwards. */
export async function stopAll(ports: StartPorts, steps: readonly BackupStep[], signal: AbortSignal): Promise<void> {
  for (const { line, action } of steps) {
    signal.throwIfAborted();
    if (action.kind === "service") await at(line, ports.services.stop(action.name, signal));
    else if (action.kind === "command") await at(line, ports.commands.run(action.words, signal));
    else if (action.kind === "sleep") await pause(ports, action.seconds, signal);
  }
  await requireStopped(ports, steps, "still runs");
}

/** The same, where some or all may be stopped already, or are not installed yet. */
export async function stopSite(ports: StartPorts, steps: readonly BackupStep[], signal: AbortSignal): Promise<void> {
  const running = new Set(await runningServices(ports, steps));
  await stopAll(
    ports,
    steps.filter(({ action }) => action.kind === "command" || (action.kind === "service" ? running.has(action.name) : running.size > 0)),
    signal,
  );
}

/** Throws `IO_ERROR`. */
export async function requireStopped(ports: StartPorts, steps: readonly BackupStep[], why: string): Promise<void> {
  const [name] = await runningServices(ports, steps);
  if (name !== undefined) throw new SitewrightError("IO_ERROR", `the service ${name} ${why}: this is no snapshot`);
}

/** A pause of an hour must not outlast an abort. */
export async function pause({ sleep }: StartPorts, seconds: number, signal: AbortSignal): Promise<void> {
  for (let left = seconds * 1000; left > 0; left -= 1000) {
    signal.throwIfAborted();
    await sleep(Math.min(left, 1000));
  }
}

async function at<T>(line: number, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    throw new SitewrightError(code, `line ${line}: ${message}`, { cause: error });
  }
}
