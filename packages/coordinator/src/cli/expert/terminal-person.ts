import { createInterface } from "node:readline/promises";
import { SitewrightError } from "@sitewright/protocol";
import { tell } from "@sitewright/node-kit/output";
import type { Person } from "./interview.ts";

/** Asks at the terminal, on standard error: standard output is for the list. Ending the input ends the questions. */
export function terminalPerson(): Person & Disposable {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<never>((_, reject) => {
    line.once("close", () =>
      reject(
        new SitewrightError("ANSWERS_INVALID", "stopped before all questions were answered: begin again, or name a file with --answers"),
      ),
    );
  });
  // Looked at only while a question waits.
  ended.catch(() => {});
  return {
    say: tell,
    ask: (prompt) => Promise.race([line.question(prompt), ended]),
    [Symbol.dispose]: () => line.close(),
  };
}
