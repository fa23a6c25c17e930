import { spawn } from "node:child_process";

/** What an agent says to the process that started it; that answers only with "stop". */
export type ProgramWord = "welcomed" | "staged";

export interface ChildProgram {
  /** Resolves when the coordinator welcomed it; when it ended before, or `trialMs` passed, with why it did not. */
  trial(trialMs: number): Promise<"welcomed" | { failed: string }>;
  /** Resolves when the process has ended. `staged`: it loaded another version that is to be tried. */
  ended: Promise<{ code: number; staged: boolean }>;
  /** Lets it end in good order, and kills it after a while. */
  stop(): Promise<void>;
}

/** An agent that was asked to stop is killed after this, ms. */
const STOP_MS = 4_000;

export interface StartOptions {
  /** Added to that of this process. */
  environment?: Record<string, string>;
  /** Gets what it prints; by default that goes where this process prints. */
  output?: { write(text: string): void } | undefined;
}

/** Starts a version of the agent as a process of its own. */
export function startProgram(path: string, args: readonly string[], { environment, output }: StartOptions = {}): ChildProgram {
  const printed = output ? "pipe" : "inherit";
  const child = spawn(path, args, { stdio: ["ignore", printed, printed, "ipc"], env: { ...process.env, ...environment } });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => output?.write(text));
  const welcomed = Promise.withResolvers<"welcomed">();
  const ended = Promise.withResolvers<{ code: number; staged: boolean }>();
  let staged = false;
  let fault = "";
  child.on("message", (word) => {
    if (word === "welcomed") welcomed.resolve("welcomed");
    if (word === "staged") staged = true;
  });
  child.on("error", (error) => {
    fault = `it cannot be started (${error.message})`;
    if (child.pid === undefined) ended.resolve({ code: 1, staged });
  });
  child.on("exit", (code, signal) => {
    fault ||= signal === null ? `it ended with ${code}` : `it was ended by ${signal}`;
    ended.resolve({ code: code ?? 1, staged });
  });
  return {
    ended: ended.promise,
    trial(trialMs) {
      const late = Promise.withResolvers<{ failed: string }>();
      const timer = setTimeout(() => late.resolve({ failed: `the coordinator did not welcome it within ${trialMs / 1000} s` }), trialMs);
      const over = ended.promise.then(() => ({ failed: `${fault} before the coordinator welcomed it` }));
      return Promise.race([welcomed.promise, over, late.promise]).finally(() => clearTimeout(timer));
    },
    async stop() {
      // A signal would end a process on Windows at once.
      if (child.connected) child.send("stop", () => undefined);
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}

/** The process that started this agent to try or to keep it; undefined: the system or a person did. */
export interface ParentProgram {
  say(word: ProgramWord): void;
  /** Aborted when it asks this one to end, or has ended itself. */
  stopped: AbortSignal;
}

export function parentProgram(): ParentProgram | undefined {
  if (process.send === undefined) return undefined;
  const stop = new AbortController();
  process.on("message", (word) => word === "stop" && stop.abort());
  process.on("disconnect", () => stop.abort());
  // The channel alone must not keep this process alive.
  process.channel?.unref();
  return { say: (word) => void process.send?.(word, () => undefined), stopped: stop.signal };
}
