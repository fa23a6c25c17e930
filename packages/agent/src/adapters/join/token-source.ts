import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { SitewrightError } from "@sitewright/protocol";
import { parseJoinToken, type JoinToken } from "../../domain/join-token.ts";

export interface TokenPlaces {
  file: string | undefined;
  environment: string | undefined;
  input: Readable & { isTTY?: boolean };
  /** Where a person at a terminal is asked. */
  prompt: { write(text: string): unknown };
}

/** The join token from a file, else the environment, else the first line of standard input. Throws `JOIN_TOKEN_INVALID`. */
export async function readJoinToken({ file, environment, input, prompt }: TokenPlaces): Promise<JoinToken> {
  if (file !== undefined) return parseJoinToken(await readTokenFile(file));
  if (environment !== undefined) return parseJoinToken(environment);
  if (input.isTTY) prompt.write("Join token: ");
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return parseJoinToken(line);
  } finally {
    lines.close();
  }
  throw new SitewrightError(
    "JOIN_TOKEN_INVALID",
    "no join token came: give it by --token-file FILE, SITEWRIGHT_JOIN_TOKEN or standard input",
  );
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new SitewrightError("JOIN_TOKEN_INVALID", `the token file ${path} cannot be read: ${(cause as Error).message}`, { path, cause });
  }
}
