import type { IncomingMessage } from "node:http";
import { SitewrightError } from "@sitewright/protocol";
import { brokenOff } from "./http-reply.ts";

/** No byte for so long, though some are to come: a stream is dead, whatever the socket says. */
export const STALL_MS = 60_000;

/**
 * The bytes of a reply as they come; reads on only when asked, so that the socket waits while the consumer works.
 * Throws `COORDINATOR_UNREACHABLE` when it breaks off, or when nothing came for `stallMs`.
 */
export async function* watchedBytes(body: IncomingMessage, stallMs: number): AsyncGenerator<Uint8Array, void> {
  const bytes: AsyncIterator<Uint8Array, void> = body[Symbol.asyncIterator]();
  const stalled = new SitewrightError("COORDINATOR_UNREACHABLE", `the stream stood still for ${stallMs / 1000} s`);
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(stalled), stallMs);
      const next = await bytes.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } catch (cause) {
    throw cause instanceof SitewrightError ? cause : brokenOff(cause);
  } finally {
    body.destroy();
  }
}
