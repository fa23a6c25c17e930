import { terminalText } from "@sitewright/protocol";

let isHeard = false;

/** Whoever reads the results may end before they do, as `head` does: then nobody wants more of them. */
function endUnheard(): void {
  if (isHeard) return;
  isHeard = true;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

/** Results, to standard output. This and `tell` are all that a program writes to a terminal. */
export function print(text: string): void {
  endUnheard();
  process.stdout.write(`${terminalText(text)}\n`);
}

/** Everything else, to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${terminalText(text)}\n`);
}
