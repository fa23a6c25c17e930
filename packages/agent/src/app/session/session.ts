import { CLOSE_CODES, isFinalClose } from "@sitewright/protocol";
import { backoffDelay, LINK_BACKOFF, REFUSED_BACKOFF } from "../../domain/backoff.ts";
import { createConversation, type ConversationOptions } from "./conversation.ts";
import type { Link, LinkEnd, OpenLink } from "../ports/link.ts";
import { sleep } from "./sleep.ts";

/** After this long a reason is reported again, ms. */
const AGAIN_MS = 3_600_000;
/** Limit of remembered reasons; above it, the oldest are reported again. */
const MOST = 20;

/** Whether a reason is to be reported: if it was not for an hour, so that lasting or changing trouble is never silent. */
export function createReminder(clock: () => number): (reason: string) => boolean {
  /** When each was reported last; the oldest first. */
  const said = new Map<string, number>();
  return (reason) => {
    const now = clock();
    const before = said.get(reason);
    if (before !== undefined && now >= before && now - before < AGAIN_MS) return false;
    said.delete(reason);
    said.set(reason, now);
    for (const oldest of said.keys()) {
      if (said.size <= MOST) break;
      said.delete(oldest);
    }
    return true;
  };
}

/** A connection that lasted this long was a good one: the next attempt is soon again, also on a line that is up for 10 s at a time. */
const STABLE_MS = 3_000;

export interface SessionOptions extends ConversationOptions {
  openLink: OpenLink;
  /** Called with the reason of every failed attempt. */
  onTrouble: (reason: string) => void;
  /** From 0 to below 1. */
  random: () => number;
}

/** Stays connected until the signal is aborted: one connection after the other, with growing waits after failures. */
export async function keepSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { openLink, onTrouble, random, log } = options;
  const isNews = createReminder(Date.now);
  let attempt = 0;
  while (!signal.aborted) {
    const conversation = createConversation(options);
    const end = await openLink((message, link) => receiveSafely(() => conversation.receive(message, link), link), signal);
    conversation.end();
    if (signal.aborted) return;
    const welcomedAt = conversation.welcomedAt();
    if (welcomedAt !== undefined && Date.now() - welcomedAt >= STABLE_MS) attempt = 0;
    const delay = backoffDelay(attempt, isFinalClose(end.code) ? REFUSED_BACKOFF : LINK_BACKOFF, random());
    report(end, Math.round(delay), attempt);
    attempt += 1;
    await sleep(delay, signal);
  }

  /** A failure with one message (a full disk, say) costs the connection, never the process; the coordinator sends it again. */
  function receiveSafely(receive: () => void, link: Link): void {
    try {
      receive();
    } catch (error) {
      log("error", "a message of the coordinator could not be processed", { err: error });
      link.close("GOING_AWAY", "the agent could not process a message");
    }
  }

  /**
   * A coordinator that is absent for days causes a line per hour, not thousands; faults that need an administrator are logged every time.
   */
  function report(end: LinkEnd, delayMs: number, attempts: number): void {
    const reason = end.reason || "the connection was lost";
    onTrouble(reason);
    const news = isNews(reason);
    const loud = attempts === 0 || news || isFinalClose(end.code) || end.code === CLOSE_CODES.FRAME_INVALID;
    log(loud ? "warn" : "debug", `not connected to the coordinator: ${reason}`, { close: end.code, againInMs: delayMs });
  }
}
