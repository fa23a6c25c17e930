import { CLOSE_CODES, isFinalClose } from "@sitewright/protocol";
import { attemptWithin, backoffDelay, LINK_BACKOFF, NEXT_BACKOFF, REFUSED_BACKOFF } from "../../domain/backoff.ts";
import type { CoordinatorAddresses } from "../../domain/coordinator-addresses.ts";
import { createConversation, type ConversationOptions } from "./conversation.ts";
import { BROKEN, type Link, type LinkEnd, type OpenLink } from "../ports/link.ts";
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

/**
 * How many failures in succession count after a connection: on a line that breaks every two seconds the waits grow to two seconds, not thirty.
 * What the coordinator itself ended counts in full: two agents with one key would displace each other ever faster.
 */
function attemptAfter(attempt: number, heldMs: number, { code }: LinkEnd): number {
  if (heldMs >= STABLE_MS) return 0;
  return code === BROKEN ? Math.min(attempt, attemptWithin(heldMs, LINK_BACKOFF)) : attempt;
}

export interface SessionOptions extends ConversationOptions {
  /** `openLink` uses the current one of these. */
  addresses: CoordinatorAddresses;
  openLink: OpenLink;
  /** Called with the reason of every failed attempt. */
  onTrouble: (reason: string) => void;
  /** From 0 to below 1. */
  random: () => number;
}

/**
 * Stays connected until the signal is aborted: one connection after the other. Of several addresses the one that answered is kept; after a
 * failure the next one is tried, and when all have failed the waits grow.
 */
export async function keepSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { addresses, openLink, onTrouble, random, log } = options;
  const isNews = createReminder(Date.now);
  let attempt = 0;
  /** Why each address that was tried in this round failed. */
  let round: LinkEnd[] = [];
  while (!signal.aborted) {
    const conversation = createConversation(options);
    const end = await openLink((message, link) => receiveSafely(() => conversation.receive(message, link), link), signal);
    conversation.end();
    if (signal.aborted) return;
    const heldMs = conversation.heldMs();
    if (heldMs !== undefined) attempt = attemptAfter(attempt, heldMs, end);
    const place = addresses.describe();
    round.push(place === "" ? end : { ...end, reason: `${place}: ${end.reason || "the connection was lost"}` });
    if (heldMs !== undefined) addresses.answered();
    // What stopped without a word may accept connections and say nothing on them either: another address is tried first.
    const isRoundOver = (heldMs !== undefined && !end.wasSilent) || addresses.failed();
    // One address that refuses for good must not delay the attempts at another, where a coordinator may start at any time.
    const bounds = !isRoundOver ? NEXT_BACKOFF : round.every(({ code }) => isFinalClose(code)) ? REFUSED_BACKOFF : LINK_BACKOFF;
    const delay = backoffDelay(isRoundOver ? attempt : 0, bounds, random());
    report(round, Math.round(delay), attempt);
    if (isRoundOver) {
      attempt += 1;
      round = [];
    }
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
  function report(ends: readonly LinkEnd[], delayMs: number, attempts: number): void {
    const end = ends.at(-1) as LinkEnd;
    const reason = end.reason || "the connection was lost";
    onTrouble(ends.map((one) => one.reason || reason).join("; "));
    const news = isNews(reason);
    const loud = attempts === 0 || news || isFinalClose(end.code) || end.code === CLOSE_CODES.FRAME_INVALID;
    log(loud ? "warn" : "debug", `not connected to the coordinator: ${reason}`, { close: end.code, againInMs: delayMs });
  }
}
