import { SitewrightError } from "@sitewright/protocol";
import type { Commands } from "../../app/site-backup/ports.ts";
import { commands, runProgram } from "./commands.ts";

/** Of Linux: runs a program in a network of its own, in which nobody else is. */
const ALONE = ["/usr/bin/unshare", "--net", "--"];

/** Commands without a network. Throws `BAD_REQUEST` where this system cannot give them that. */
export async function quietCommands(): Promise<Commands> {
  try {
    await runProgram([...ALONE, "/bin/true"], AbortSignal.timeout(10_000));
  } catch (cause) {
    throw new SitewrightError(
      "BAD_REQUEST",
      `this system cannot run the lines check without a network (${SitewrightError.from(cause).message}): write --network if they may have one`,
      { cause },
    );
  }
  return { run: (words, signal) => commands.run([...ALONE, ...words], signal).catch((error: unknown) => rename(error, words)) };
}

/** What failed is the program of the line. */
function rename(error: unknown, [program = ""]: readonly string[]): never {
  const { code, message } = SitewrightError.from(error);
  throw new SitewrightError(code, message.replace(ALONE[0] as string, program), { cause: error });
}
