import { createInterface } from "node:readline";
import { SitewrightError } from "@sitewright/protocol";
import { tell } from "@sitewright/node-kit/output";
import type { Person } from "./interview.ts";

/** Asks at the terminal, on standard error: standard output is for the list. The end of the input ends the questions. */
export function terminalPerson(): Person & Disposable {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  // Lines that are pasted together arrive before they are read.
  const typed: string[] = [];
  let waiting: { resolve(line: string): void; reject(error: Error): void } | undefined;
  let ended = false;
  const stopped = (): Error =>
    new SitewrightError("ANSWERS_INVALID", "stopped before all questions were answered: start again, or name a file with --answers");

  reader.on("line", (line) => {
    if (waiting) waiting.resolve(line);
    else typed.push(line);
    waiting = undefined;
  });
  reader.once("close", () => {
    ended = true;
    waiting?.reject(stopped());
  });

  return {
    say: tell,
    ask(prompt) {
      reader.setPrompt(prompt);
      if (!ended) reader.prompt();
      const line = typed.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (ended) return Promise.reject(stopped());
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    [Symbol.dispose]: () => reader.close(),
  };
}
