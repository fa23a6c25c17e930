/** Waits between attempts, in ms. */
export interface BackoffBounds {
  base: number;
  cap: number;
}

/** Factor from one wait to the next. Below 2: a link that is restored after some seconds should not be found seconds later. */
export const GROWTH = 1.5;

/** A lost link is restored soon. */
export const LINK_BACKOFF: BackoffBounds = { base: 250, cap: 30_000 };

/** Before the next of several addresses is tried: one that answers is found soon, and not by a thousand agents at the same moment. */
export const NEXT_BACKOFF: BackoffBounds = { base: 250, cap: 250 };

/** After a refusal that only a person can lift. */
export const REFUSED_BACKOFF: BackoffBounds = { base: 30_000, cap: 300_000 };

/**
 * Exponential with full jitter: a random wait from 0 up to the limit of this attempt, so that a thousand agents that lost the same
 * coordinator do not reconnect at the same moment.
 * @param attempt 0 for the first wait.
 * @param random From 0 to below 1.
 */
export function backoffDelay(attempt: number, bounds: BackoffBounds, random: number): number {
  return random * Math.min(bounds.cap, bounds.base * GROWTH ** Math.min(attempt, 40));
}

/** The last attempt whose wait is at most `ms`; 0 if none is. */
export function attemptWithin(ms: number, { base }: BackoffBounds): number {
  return Math.max(0, Math.floor(Math.log(ms / base) / Math.log(GROWTH)));
}
