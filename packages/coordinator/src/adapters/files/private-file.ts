import { dirname } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { dataFileError } from "./data-file.ts";

/** Bytes; keys, tokens and certificates have a few thousand, and what is kept of agents or deletions some hundred for each. */
const MOST = 64 * 1024 * 1024;

/** Text of a file, or undefined when there is none. Throws `DATA_FILE_UNUSABLE`. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readBounded(path, MOST)).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw dataFileError(path, error);
  }
}

/** Writes a file that only its owner may read: atomically, also against a power failure. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  makeFolder(dirname(path), 0o700);
  await writeFileAtomic(path, text, 0o600);
}
