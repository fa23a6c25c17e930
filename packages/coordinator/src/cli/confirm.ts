import { createInterface } from "node:readline/promises";
import { SitewrightError } from "@sitewright/protocol";

/**
 * Asks a person on the terminal. Throws `CONFIRMATION_NEEDED` for every answer but yes, and where there is no terminal.
 * @param texts The question; and what is said instead without a terminal, or after another answer.
 */
export async function confirm({ question, unasked, refused }: { question: string; unasked: string; refused: string }): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new SitewrightError("CONFIRMATION_NEEDED", unasked);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes to do it: `);
  terminal.close();
  if (answer.trim() !== "yes") throw new SitewrightError("CONFIRMATION_NEEDED", refused);
}
