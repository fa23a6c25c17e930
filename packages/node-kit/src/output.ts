import { terminalText } from "@sitewright/protocol";

/** Results, to standard output. This and `tell` are all that a program writes to a terminal. */
export function print(text: string): void {
  process.stdout.write(`${terminalText(text)}\n`);
}

/** Everything else, to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${terminalText(text)}\n`);
}
