import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import type { Hurt, LineAnswer, LineAsk, Traffic } from "./line-process.ts";

/** The lines from the coordinators to every agent, in a process of their own. */
export interface Lines extends AsyncDisposable {
  /** @returns The ports that lead over the line of this system to the coordinators at these ports. */
  open(system: string, address: string, ports: readonly number[]): Promise<readonly number[]>;
  hurt(system: string, how: Hurt): Promise<void>;
  traffic(): Promise<Traffic>;
}

type Question = LineAsk extends infer One ? (One extends LineAsk ? Omit<One, "id"> : never) : never;

export function openLines(): Lines {
  const child = fork(join(import.meta.dirname, "line-process.ts"), { execArgv: [] });
  try {
    // What counts late counts wrong. Requires root.
    setPriority(child.pid as number, constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Measured as well as possible without.
  }
  const asked = new Map<number, (answer: LineAnswer) => void>();
  let last = 0;
  child.on("message", (answer: LineAnswer) => {
    asked.get(answer.id)?.(answer);
    asked.delete(answer.id);
  });

  function ask(question: Question): Promise<LineAnswer> {
    const id = ++last;
    return new Promise((resolve) => {
      asked.set(id, resolve);
      child.send({ id, ...question });
    });
  }

  return {
    async open(system, address, ports) {
      return (await ask({ ask: "open", system, address, ports })).ports ?? [];
    },
    async hurt(system, how) {
      await ask({ ask: "hurt", system, how });
    },
    traffic: async () => (await ask({ ask: "count" })).traffic ?? { bytes: {}, lag: [], flipped: [] },
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
