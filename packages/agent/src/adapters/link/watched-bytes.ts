import type { IncomingMessage } from "node:http";
import { SitewrightError } from "@sitewright/protocol";
import type { StallLimit } from "../../domain/stall-limit.ts";
import { brokenOff } from "./http-reply.ts";

/** Without a byte for this long, though some are expected, a stream is dead; longer while none came on the ones before it. */
export const STALL_MS = 60_000;

/**
 * The bytes of a reply as they arrive; reads only on demand, so that the socket waits while the consumer works. Throws
 * `COORDINATOR_UNREACHABLE` when it breaks off, or when nothing arrived for the limit.
 */
export async function* watchedBytes(body: IncomingMessage, stall: StallLimit): AsyncGenerator<Uint8Array, void> {
  const stallMs = stall.ms();
  const bytes: AsyncIterator<Uint8Array, void> = body[Symbol.asyncIterator]();
  const stalled = new SitewrightError("COORDINATOR_UNREACHABLE", `the stream stood still for ${stallMs / 1000} s`);
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(stalled), stallMs);
      const next = await bytes.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      stall.reset();
      yield next.value;
    }
  } catch (cause) {
    throw cause instanceof SitewrightError ? cause : brokenOff(cause);
  } finally {
    body.destroy();
  }
}
