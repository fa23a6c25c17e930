import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stopProgram } from "../../../scripts/support/programs.ts";

/** A program that has to survive everything: it is killed, stopped and started again at any moment, also while it starts. */
export interface Victim {
  readonly name: string;
  /** Absent: it does not run. */
  pid(): number | undefined;
  start(): void;
  /** SIGKILL; does nothing if it does not run. Resolves when it has ended. */
  kill(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** SIGTERM, for the end. */
  stop(): Promise<void>;
  /** How it ended without having been told to, each time. */
  ownExits(): readonly OwnExit[];
}

export interface OwnExit {
  /** ms since 1970. */
  at: number;
  how: string;
  /** It was right to end. */
  isRight: boolean;
}

/** As a service manager does, a program that ended by itself is started again after this time. */
const RESTART_MS = 1_000;

/** Why a program says that it has just ended. */
export interface LastWords {
  /** It was right to end, if it did with exit code 1. */
  areRight: boolean;
  text: string;
}

export function createVictim(name: string, launch: () => ChildProcess, lastWords: () => LastWords): Victim {
  let child: ChildProcess | undefined;
  let isWanted = false;
  const exits: OwnExit[] = [];

  function running(): ChildProcess | undefined {
    return child && child.exitCode === null && child.signalCode === null ? child : undefined;
  }

  function start(): void {
    isWanted = true;
    if (running()) return;
    const started = launch();
    child = started;
    started.once("exit", (code, signal) => {
      if (!isWanted || child !== started) return;
      const { areRight, text } = lastWords();
      const how = `${new Date().toISOString()} ${name} ended by itself: ${signal ?? `exit code ${code}`}: ${text}`;
      exits.push({ at: Date.now(), how, isRight: code === 1 && areRight });
      setTimeout(() => isWanted && start(), RESTART_MS);
    });
  }

  return {
    name,
    pid: () => running()?.pid,
    start,
    async kill() {
      isWanted = false;
      const dying = running();
      if (!dying) return;
      const gone = once(dying, "exit");
      dying.kill("SIGKILL");
      await gone;
    },
    signal: (signal) => void running()?.kill(signal),
    async stop() {
      isWanted = false;
      const ending = running();
      ending?.kill("SIGCONT");
      if (ending) await stopProgram(ending);
    },
    ownExits: () => exits,
  };
}
