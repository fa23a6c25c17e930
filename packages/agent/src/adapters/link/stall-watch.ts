import type { IncomingMessage } from "node:http";
import { SitewrightError } from "@sitewright/protocol";
import { brokenOff } from "./http-client.ts";

/** No byte for so long, though there was leave to send: the stream is dead, whatever the socket says. */
export const STALL_MS = 60_000;

/** Who gives the sender leave to send. */
export interface StallGate {
  /** Everything that came is taken, and more is waited for. */
  waiting(): void;
  /** Whether more may come; while not, silence means nothing. */
  isOpen(): boolean;
}

const ALWAYS_OPEN: StallGate = { waiting: () => undefined, isOpen: () => true };

/**
 * The bytes of a reply as they come; reads on only when asked, so that the socket waits while the consumer works.
 * Throws `COORDINATOR_UNREACHABLE` when it breaks off, or when nothing came for `stallMs` through an open gate.
 */
export async function* watchedBytes(
  body: IncomingMessage,
  stallMs: number,
  gate: StallGate = ALWAYS_OPEN,
): AsyncGenerator<Uint8Array, void> {
  const bytes: AsyncIterator<Uint8Array, void> = body[Symbol.asyncIterator]();
  const stalled = new SitewrightError("COORDINATOR_UNREACHABLE", `the stream stood still for ${stallMs / 1000} s`);
  try {
    for (;;) {
      gate.waiting();
      const timer = setTimeout(() => (gate.isOpen() ? body.destroy(stalled) : timer.refresh()), stallMs);
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
