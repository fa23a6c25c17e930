import { spawn } from "node:child_process";
import { isSea } from "node:sea";
import { SitewrightError } from "@sitewright/protocol";
import { BACKUP_LINE, lineFrame } from "@sitewright/protocol/site-backup";
import type { BackupKeeper, Log } from "../../app/ports/link.ts";
import type { CurrentLink } from "../../app/session/current-link.ts";
import type { CoordinatorAt } from "../link/coordinator-link.ts";
import { connectLine } from "./open-line.ts";

export interface KeeperDeps {
  /** Words of the program's own command line that answer on standard input and output; absent: no backups are kept here. */
  words: ((system: string) => string[]) | undefined;
  coordinator: CoordinatorAt;
  current: Pick<CurrentLink, "live">;
  log: Log;
}

/** Lines at once, each with a process. */
const MOST = 4;
/** Characters of what a process reports that are kept. */
const MOST_FAILURE = 2000;
/** ms within which a line has to be opened. */
const PATIENCE = 20_000;

/**
 * Answers other systems whose backups are kept here. A process of its own does the work, so that nothing that another system sends can stop the
 * agent, and orders do not wait for its disk.
 * @param signal Ends all lines.
 */
export function createBackupKeeper({ words, coordinator, current, log }: KeeperDeps, signal: AbortSignal): BackupKeeper {
  let open = 0;

  async function answer(id: string, system: string): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const { token } = await current.live(patience);
    const connecting = new AbortController();
    const stop = (): void => connecting.abort();
    patience.addEventListener("abort", stop);
    const socket = await connectLine({
      url: coordinator.url,
      ca: coordinator.ca,
      path: `${BACKUP_LINE.answer}?${new URLSearchParams({ id }).toString()}`,
      headers: { authorization: `Bearer ${token}` },
      signal: connecting.signal,
    });
    patience.removeEventListener("abort", stop);
    const refusal = refusalOf(words !== undefined, open);
    if (refusal) {
      socket.end(lineFrame("words", Buffer.from(JSON.stringify({ failure: refusal }))));
      return void socket.resume();
    }
    open += 1;
    log("info", "backups of another system are asked for", { of: system });
    const self = isSea() ? [] : [...process.execArgv, process.argv[1] as string];
    const child = spawn(process.execPath, [...self, ...(words as (of: string) => string[])(system)], {
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    const end = (): void => void child.kill();
    signal.addEventListener("abort", end, { once: true });
    // What broke off is seen by whoever waits at the other end.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => log("error", "the process that keeps backups cannot be started", { err: error }));
    let failure = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (failure = `${failure}${text}`.slice(0, MOST_FAILURE)));
    child.once("close", () => {
      open -= 1;
      if (failure !== "") log("warn", "backups of another system were not kept or given back", { of: system, err: failure.trim() });
      signal.removeEventListener("abort", end);
      socket.destroySoon();
    });
    socket.once("close", () => {
      child.stdin.end();
      // It must not wait for a reader.
      child.stdout.destroy();
    });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
  }

  return {
    answer: (id, system) =>
      void answer(id, system).catch((error: unknown) => log("warn", "a line for backups could not be opened", { of: system, err: error })),
  };
}

function refusalOf(keeps: boolean, open: number): { code: string; message: string } | undefined {
  const refusal = !keeps
    ? new SitewrightError("NOT_FOUND", "no backups of other systems are kept there: start its agent with --keep-backups FOLDER")
    : open >= MOST
      ? new SitewrightError("TOO_MANY_REQUESTS", `${MOST} systems are served there at this moment: try again later`)
      : undefined;
  return refusal && { code: refusal.code, message: refusal.message };
}
