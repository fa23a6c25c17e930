import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { SitewrightError } from "@sitewright/protocol";
import { parseJoinToken, type JoinToken } from "../../domain/join-token.ts";

/** Characters; a token has some hundred. */
const MOST = 64 * 1024;

export interface TokenPlaces {
  file: string | undefined;
  environment: string | undefined;
  input: Readable & { isTTY?: boolean };
  /** At a terminal, the operator is asked. */
  prompt: { write(text: string): unknown };
}

/** The join token from a file, else the environment, else the first line of standard input. Throws `JOIN_TOKEN_INVALID`. */
export async function readJoinToken({ file, environment, input, prompt }: TokenPlaces): Promise<JoinToken> {
  if (file !== undefined) return parseJoinToken(await readTokenFile(file));
  if (environment !== undefined) return parseJoinToken(environment);
  if (input.isTTY) prompt.write("Join token: ");
  const line = await firstLine(input);
  if (line !== undefined) return parseJoinToken(line);
  throw new SitewrightError(
    "JOIN_TOKEN_INVALID",
    "no join token was given: pass it by --token-file FILE, SITEWRIGHT_JOIN_TOKEN or standard input",
  );
}

/** For input that may be endless. Undefined when it is empty. */
async function firstLine(input: Readable): Promise<string | undefined> {
  let text = "";
  for await (const part of input as AsyncIterable<Buffer | string>) {
    text += part.toString();
    if (text.includes("\n")) break;
    if (text.length > MOST)
      throw new SitewrightError("JOIN_TOKEN_INVALID", `no join token has ${text.length} characters: this is another text`);
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  return text === "" ? undefined : line;
}

async function readTokenFile(path: string): Promise<string> {
  const unreadable = (why: string, cause?: unknown) =>
    new SitewrightError("JOIN_TOKEN_INVALID", `the token file ${path} ${why}`, { path, cause });
  try {
    if (!(await stat(path)).isFile()) throw unreadable("is not a regular file: give the token by standard input instead");
    // Opened without waiting, in case a pipe has replaced it since the check.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MOST) throw unreadable(`is not a file of at most ${MOST} bytes`);
    return (await file.read(Buffer.alloc(MOST), 0, MOST, 0)).buffer.toString("utf8").replaceAll("\0", "");
  } catch (cause) {
    if (cause instanceof SitewrightError) throw cause;
    throw unreadable(`cannot be read: ${(cause as Error).message}`, cause);
  }
}
