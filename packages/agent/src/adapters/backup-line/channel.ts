import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";
import { createLineFrames, lineFrame } from "@sitewright/protocol/site-backup";

/** What the other side sent: words, or bytes, which are valid until the next call. */
export type Heard = { words: Record<string, unknown> } | { bytes: Buffer };

/** What two systems say to each other about the backups of one of them. Everything throws `COORDINATOR_UNREACHABLE` when the line breaks off. */
export interface Channel {
  /** Resolves when there is room for more. */
  say(words: object): Promise<void>;
  send(bytes: Uint8Array): Promise<void>;
  /** The next thing. Throws what the other side reports, `FRAME_INVALID`. */
  next(): Promise<Heard>;
  /** Nothing more is said; resolves when the other side has nothing more to say either. */
  end(): Promise<void>;
  /** As `end`, but hears all that the other side still sends first: a line that is closed on its side loses what was said last. */
  endLast(): Promise<void>;
}

/** ms that the other side may take for its farewell. */
const FAREWELL = 10_000;
/** ms in which something has to arrive of what is still sent: one chunk at least, over a slow line. */
const SILENCE = 60_000;

export function openChannel(input: Readable, output: Writable): Channel {
  const frames = createLineFrames();
  const heard = hear(input, frames);
  // Reported by what waits for the line.
  output.on("error", () => input.destroy());

  async function write(frame: Uint8Array): Promise<void> {
    if (output.destroyed || output.writableEnded) throw brokenOff();
    if (output.write(frame)) return;
    const ended = new AbortController();
    const give = (): void => ended.abort();
    output.once("close", give);
    try {
      await once(output, "drain", { signal: ended.signal });
    } catch {
      throw brokenOff();
    } finally {
      output.off("close", give);
    }
  }

  /** Until the other side has ended. */
  async function hearOut(patience: number): Promise<void> {
    const timer = setTimeout(() => input.destroy(), patience);
    try {
      while (!(await heard.next()).done) timer.refresh();
    } catch {
      // Nobody waits for it any more.
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    say: (words) => write(lineFrame("words", Buffer.from(JSON.stringify(words)))),
    send: (bytes) => write(lineFrame("bytes", bytes)),
    async next() {
      const { value, done } = await heard.next();
      if (done) throw brokenOff();
      return value;
    },
    async end() {
      output.end();
      await hearOut(FAREWELL);
    },
    async endLast() {
      await hearOut(SILENCE);
      output.end();
    },
  };
}

async function* hear(input: Readable, frames: ReturnType<typeof createLineFrames>): AsyncGenerator<Heard, void> {
  try {
    for await (const piece of input as AsyncIterable<Buffer>)
      for (const { kind, payload } of frames(piece)) {
        const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
        yield kind === "bytes" ? { bytes } : { words: wordsIn(bytes) };
      }
  } catch (error) {
    throw error instanceof SitewrightError ? error : brokenOff(error);
  }
}

/** Throws the failure that they report, `FRAME_INVALID`. */
function wordsIn(bytes: Buffer): Record<string, unknown> {
  let words: unknown;
  try {
    words = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new SitewrightError("FRAME_INVALID", "what came over the line of a backup cannot be read", { cause });
  }
  const said = Object(words) as Record<string, unknown>;
  const failure = said["failure"] as { code?: unknown; message?: unknown } | undefined;
  if (!failure) return said;
  const code = String(failure.code);
  throw new SitewrightError(isErrorCode(code) ? code : "INTERNAL", String(failure.message).slice(0, 2000));
}

function brokenOff(cause?: unknown): SitewrightError {
  return new SitewrightError("COORDINATOR_UNREACHABLE", "the line to the other system broke off: try again, which keeps what has arrived", {
    cause,
  });
}
